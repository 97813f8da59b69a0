#include "config.h"

#include "cli/cli.h"

#include "cli/internal.h"
#include "cli/suggest.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

const struct cli_option cli_builtin[] = {
	/* clang-format off */
	{"help",    'h', NULL, 0, NULL, "show this help"},
	{"json",    0,   NULL, 0, NULL, "print the answer as JSON"},
	{"quiet",   'q', NULL, 0, NULL, "say nothing but the answer and errors"},
	{"version", 0,   NULL, 0, NULL, "print the version"},
	{NULL,      0,   NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* The disk is in order where it is only we who may not. */
static enum cli_exit exit_of_io(const struct err *e)
{
	return strcmp(e->code, "file_access") == 0 ? CLI_PERMISSION
	                                           : CLI_FAILED;
}

enum cli_exit cli_exit_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_NONE: return CLI_OK;
	case ERR_USAGE: return CLI_USAGE;
	case ERR_UNTRUSTED: return CLI_UNVERIFIED;
	case ERR_EXPIRED: return CLI_EXPIRED;
	case ERR_CONFLICT:
	case ERR_BUSY: return CLI_CONFLICT;
	case ERR_NOT_FOUND: return CLI_NOT_FOUND;
	case ERR_UNAUTHENTICATED:
	case ERR_FORBIDDEN: return CLI_PERMISSION;
	case ERR_UNREACHABLE: return CLI_UNREACHABLE;
	case ERR_IO: return exit_of_io(e);
	case ERR_INVALID:
	case ERR_TOO_LARGE:
	case ERR_NO_SPACE:
	case ERR_MEMORY:
	case ERR_INTERNAL: return CLI_FAILED;
	}
	return CLI_FAILED;
}

static const struct cli_option *in_table(const struct cli_option *o,
                                         const char *name)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

const struct cli_option *cli_find_option(const struct cli_program *p,
                                         const struct cli_command *cmd,
                                         const char *name)
{
	const struct cli_option *o = NULL;

	if (cmd != NULL)
		o = in_table(cmd->options, name);
	if (o == NULL)
		o = in_table(p->common, name);
	return o != NULL ? o : in_table(cli_builtin, name);
}

static const struct cli_option *letter_in(const struct cli_option *o, char c)
{
	for (; o != NULL && o->name != NULL; o++)
		if (o->letter == c)
			return o;
	return NULL;
}

static const struct cli_option *find_letter(const struct cli *c, char letter)
{
	const struct cli_option *o = NULL;

	if (c->command != NULL)
		o = letter_in(c->command->options, letter);
	if (o == NULL)
		o = letter_in(c->program->common, letter);
	return o != NULL ? o : letter_in(cli_builtin, letter);
}

static void suggest_from(struct suggest *s, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		suggest_try(s, o->name);
}

static int unknown_option(const struct cli *c, const char *name, struct err *e)
{
	struct suggest s;
	char mean[SUGGEST_MAX + 32] = "";

	suggest_init(&s, name);
	if (c->command != NULL)
		suggest_from(&s, c->command->options);
	suggest_from(&s, c->program->common);
	suggest_from(&s, cli_builtin);
	if (s.best != NULL)
		(void)snprintf(mean, sizeof(mean), " (did you mean '--%s'?)",
		               s.best);
	return err_set(e, ERR_USAGE, "unknown option '--%s'%s", name, mean);
}

static int give(struct cli *c, const struct cli_option *o, const char *value,
                struct err *e)
{
	if ((o->flags & CLI_REPEATS) == 0 && o->value != NULL &&
	    cli_has(c, o->name))
		return err_set(e, ERR_USAGE, "--%s is given twice", o->name);
	c->given[c->n_given++] = (struct cli_given){o, value};
	return 0;
}

/* --name, --name=value or --name value; *i moves over what was used. */
static int long_option(struct cli *c, int argc, const char *const *argv, int *i,
                       struct err *e)
{
	const char *text = argv[*i] + 2, *equals = strchr(text, '=');
	size_t n = equals != NULL ? (size_t)(equals - text) : strlen(text);
	const struct cli_option *o;
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s", (int)(n > 63 ? 63 : n),
	               text);
	o = cli_find_option(c->program, c->command, name);
	if (o == NULL)
		return unknown_option(c, name, e);
	if (o->value == NULL) {
		if (equals != NULL)
			return err_set(e, ERR_USAGE, "--%s takes no value",
			               name);
		return give(c, o, NULL, e);
	}
	if (equals != NULL)
		return give(c, o, equals + 1, e);
	if (*i + 1 >= argc)
		return err_set(e, ERR_USAGE, "--%s needs its %s", name,
		               o->value);
	return give(c, o, argv[++*i], e);
}

/* -x, -x value, -xvalue; flags may be joined, as in -qh. */
static int short_options(struct cli *c, int argc, const char *const *argv,
                         int *i, struct err *e)
{
	for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
		const struct cli_option *o = find_letter(c, *p);

		if (o == NULL)
			return err_set(e, ERR_USAGE, "unknown option '-%c'",
			               *p);
		if (o->value == NULL) {
			if (give(c, o, NULL, e) != 0)
				return -1;
			continue;
		}
		if (p[1] != '\0')
			return give(c, o, p + 1, e);
		if (*i + 1 >= argc)
			return err_set(e, ERR_USAGE, "-%c needs its %s", *p,
			               o->value);
		return give(c, o, argv[++*i], e);
	}
	return 0;
}

bool cli_starts_command(const struct cli_command *cmd, const char *words)
{
	size_t n = strlen(words);

	return strncmp(cmd->words, words, n) == 0 &&
	       (n == 0 || cmd->words[n] == ' ' || cmd->words[n] == '\0');
}

/* "plna" at the first word, or "release ad" at the second. */
static int unknown_command(const struct cli *c, const char *words,
                           struct err *e)
{
	char mean[SUGGEST_MAX + 32];
	char nouns[64][32];
	struct suggest s;
	size_t n = 0;

	suggest_init(&s, words);
	for (size_t i = 0; i < c->program->n_commands; i++) {
		const char *all = c->program->commands[i].words;
		size_t end = strcspn(all, " ");

		if (c->words[0] != '\0' || all[end] == '\0') {
			suggest_try(&s, all);
		} else if (n < ARRAY_LEN(nouns)) {
			(void)snprintf(nouns[n], sizeof(nouns[n]), "%.*s",
			               (int)end, all);
			suggest_try(&s, nouns[n++]);
		}
	}
	return err_set(e, ERR_USAGE, "unknown command '%s'%s", words,
	               suggest_text(&s, mean, sizeof(mean)));
}

/* May another word follow? */
static bool is_noun(const struct cli_program *p, const char *words)
{
	size_t n = strlen(words);

	for (size_t i = 0; i < p->n_commands; i++)
		if (strncmp(p->commands[i].words, words, n) == 0 &&
		    p->commands[i].words[n] == ' ')
			return true;
	return false;
}

/* One more word of the command: sets c->command when it is complete. */
static int command_word(struct cli *c, const char *word, struct err *e)
{
	const struct cli_program *p = c->program;
	char words[sizeof(c->words)];

	(void)snprintf(words, sizeof(words), "%.39s%s%.38s", c->words,
	               c->words[0] != '\0' ? " " : "", word);
	for (size_t i = 0; i < p->n_commands; i++) {
		if (!cli_starts_command(&p->commands[i], words))
			continue;
		memcpy(c->words, words, sizeof(words));
		if (strcmp(p->commands[i].words, words) == 0 &&
		    !is_noun(p, words))
			c->command = &p->commands[i];
		return 0;
	}
	return unknown_command(c, words, e);
}

/* A noun that stands alone is a command too when the table has it. */
static void settle(struct cli *c)
{
	for (size_t i = 0; c->command == NULL && i < c->program->n_commands;
	     i++)
		if (strcmp(c->program->commands[i].words, c->words) == 0)
			c->command = &c->program->commands[i];
}

static int parse(struct cli *c, int argc, const char *const *argv,
                 struct err *e)
{
	bool options_over = false, help = false;

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		int result = 0;

		if (!options_over && strcmp(a, "--") == 0)
			options_over = true;
		else if (!options_over && strncmp(a, "--", 2) == 0)
			result = long_option(c, argc, argv, &i, e);
		else if (!options_over && a[0] == '-' && a[1] != '\0')
			result = short_options(c, argc, argv, &i, e);
		else if (c->command == NULL && c->words[0] == '\0' && !help &&
		         strcmp(a, "help") == 0)
			help = true;
		else if (c->command == NULL)
			result = command_word(c, a, e);
		else
			c->args[c->n_args++] = a;
		if (result != 0)
			return -1;
	}
	if (c->words[0] != '\0')
		settle(c);
	return help ? give(c, &cli_builtin[0], NULL, e) : 0;
}

/* The command is known; does what was given suit it? */
static int check(const struct cli *c, struct err *e)
{
	const struct cli_command *cmd = c->command;

	for (const struct cli_option *o = cmd->options;
	     o != NULL && o->name != NULL; o++)
		if ((o->flags & CLI_REQUIRED) != 0 && !cli_has(c, o->name))
			return err_set(e, ERR_USAGE, "%s needs --%s %s",
			               cmd->words, o->name, o->value);
	if (c->n_args < cmd->min_args)
		return err_set(e, ERR_USAGE,
		               "%s: %zu arguments given, %s needed", cmd->words,
		               c->n_args, cmd->args);
	if (c->n_args > cmd->max_args)
		return err_set(e, ERR_USAGE,
		               "%s: '%s' is one argument too "
		               "many",
		               cmd->words, c->args[cmd->max_args]);
	return 0;
}

/* The verbs of a noun: "add, list, show". */
static int which_verb(const struct cli *c, struct err *e)
{
	const struct cli_program *p = c->program;
	SCOPED(buf_fini)
	struct buf verbs = BUF_INIT(300);

	for (size_t i = 0; i < p->n_commands; i++)
		if (cli_starts_command(&p->commands[i], c->words))
			buf_printf(&verbs, "%s%s", verbs.len > 0 ? ", " : "",
			           p->commands[i].words + strlen(c->words) + 1);
	return err_set(e, ERR_USAGE, "%s: one more word is needed: %s",
	               c->words, buf_str(&verbs));
}

static int report(const struct cli *c, const struct err *e)
{
	fprintf(c->world->err, "%s: %s (%s)\n", c->program->name, e->msg,
	        e->code);
	if (e->kind == ERR_USAGE)
		cli_usage_write(c->world->err, c->program, c->command);
	return (int)cli_exit_of(e);
}

/* A command may have an option of the same name (release add --version). */
static bool asks_builtin(const struct cli *c, const char *name)
{
	const struct cli_option *o = in_table(cli_builtin, name);

	for (size_t i = 0; i < c->n_given; i++)
		if (c->given[i].option == o)
			return true;
	return false;
}

static int answer(struct cli *c, struct err *e)
{
	if (asks_builtin(c, "version")) {
		cli_print(c, "%s %s\n", c->program->name, PACKAGE_VERSION);
		return 0;
	}
	if (asks_builtin(c, "help")) {
		cli_help_write(c->world->out, c->program, c->words, c->command);
		return 0;
	}
	if (c->command == NULL)
		return which_verb(c, e);
	return check(c, e) != 0 ? -1 : c->command->run(c, e);
}

/* An answer that did not reach the pipe or disk is no answer. */
static int deliver(const struct cli *c, struct err *e)
{
	if (fflush(c->world->out) == 0 && ferror(c->world->out) == 0)
		return 0;
	return err_set(e, ERR_IO, "standard output: cannot be written");
}

static int run(struct cli *c, int argc, const char *const *argv)
{
	struct err e = {0};

	if (parse(c, argc, argv, &e) != 0)
		return report(c, &e);
	if (c->command == NULL && c->words[0] == '\0' &&
	    !asks_builtin(c, "version") && !asks_builtin(c, "help")) {
		cli_help_write(c->world->err, c->program, "", NULL);
		return CLI_USAGE;
	}
	return answer(c, &e) == 0 && deliver(c, &e) == 0 ? CLI_OK
	                                                 : report(c, &e);
}

int cli_run(const struct cli_program *p, const struct cli_world *w, int argc,
            const char *const *argv)
{
	size_t n = (size_t)argc + 1;
	SCOPED(free)
	const char **args = xcalloc(n, sizeof(*args));
	/* "-abc" is three options in one word. */
	size_t letters = n;

	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]);
	SCOPED(free)
	struct cli_given *given = xcalloc(letters, sizeof(*given));
	struct cli c = {.program = p, .world = w, .args = args, .given = given};

	return run(&c, argc, argv);
}

int cli_main(const struct cli_program *p, int argc, char **argv, void *ctx)
{
	struct cli_world w = {
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.interactive = isatty(STDIN_FILENO) && isatty(STDERR_FILENO),
		.clock = &clock_system,
		.rng = &rng_system,
		.ctx = ctx,
	};

	fs_guard_standard();
	return cli_run(p, &w, argc, (const char *const *)argv);
}

const struct cli_world *cli_world(const struct cli *c)
{
	return c->world;
}

size_t cli_n_args(const struct cli *c)
{
	return c->n_args;
}

const char *cli_arg(const struct cli *c, size_t i)
{
	assert(i < c->n_args);
	return c->args[i];
}

bool cli_wants_json(const struct cli *c)
{
	return cli_has(c, "json");
}

void cli_say(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (cli_has(c, "quiet"))
		return;
	va_start(ap, fmt);
	(void)vfprintf(c->world->err, fmt, ap);
	va_end(ap);
}

void cli_print(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(c->world->out, fmt, ap);
	va_end(ap);
}

int cli_print_json(const struct cli *c, const struct buf *json, struct err *e)
{
	if (buf_failed(json))
		return err_set(e, ERR_TOO_LARGE,
		               "the answer is above %zu bytes of JSON",
		               json->max_bytes);
	cli_print(c, "%s\n", buf_str(json));
	return 0;
}
