#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "server/api/body.h"
#include "server/api/token_new.h"
#include "server/app.h"
#include "server/fleet/attest.h"
#include "server/history.h"
#include "server/store/audit.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * pawld: options, signals, exit codes; nothing else.
 */

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define CONFIG_DEFAULT SYSCONFDIR "/pawl/pawld.conf"

static const char usage_text[] =
	"usage: pawld [OPTION]… [COMMAND]\n"
	"\n"
	"Serves a TUF repository and rolls its releases out.\n"
	"\n"
	"Commands:\n"
	"  serve            run in the foreground until SIGTERM or SIGINT\n"
	"                   (default)\n"
	"  token add --name NAME --scopes LIST [--expires 365d]\n"
	"                   make an operator's token and print it, once;\n"
	"                   scopes: read, publish, rollout, halt, fleet, "
	"admin\n"
	"  witness accept --reason TEXT\n"
	"                   after an old backup was restored, or the witness\n"
	"                   file was lost: go on above what it saw, with "
	"every\n"
	"                   rollout paused; the server must not be running\n"
	"  export DIR       write what is published as a folder of plain "
	"files\n"
	"  verify-history   prove that every version ever issued verifies and\n"
	"                   is the only one of its number\n"
	"  routes           print the HTTP routes, a line each\n"
	"\n"
	"Options:\n"
	"  --config FILE    the configuration; without it, and without\n"
	"                   " CONFIG_DEFAULT ",\n"
	"                   every key has its default\n"
	"  --set KEY=VALUE  after the file; may be repeated\n"
	"  --check-config   say whether the configuration is right: exit 0, "
	"or 2\n"
	"  --print-config   print every key with its value and meaning\n"
	"  --help, --version\n";

static int fail(const struct err *e)
{
	fprintf(stderr, "pawld: %s (%s)\n", e->msg, e->code);
	return e->kind == ERR_USAGE || e->kind == ERR_INVALID ? EXIT_USAGE
	                                                      : EXIT_FAILED;
}

static int misused(const char *what)
{
	fprintf(stderr, "pawld: %s (usage)\npawld --help says more\n", what);
	return EXIT_USAGE;
}

/* What was asked for and nobody could read is not done. */
static int said(void)
{
	struct err e = {0};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	return fail((err_set(&e, ERR_IO, "standard output: cannot be written"),
	             &e));
}

/* ---- Commands ---- */

static int serve(const struct conf *conf)
{
	struct app *app = xcalloc(1, sizeof(*app));
	struct err e = {0};
	sigset_t wait_for;
	int caught;

	/* Blocked before any thread starts, so that only sigwait() sees them.
	 */
	(void)sigemptyset(&wait_for);
	(void)sigaddset(&wait_for, SIGINT);
	(void)sigaddset(&wait_for, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &wait_for, NULL);
	log_set_level(conf->log_level);
	if (app_start(app, conf, &clock_system, &rng_system, &e) != 0) {
		free(app);
		return fail(&e);
	}
	if (app_ops_port(app) != 0)
		log_info("serving on port %u, operations on port %u",
		         app_port(app), app_ops_port(app));
	else
		log_info("serving on port %u, without an operations port",
		         app_port(app));
	if (*conf->public_url != '\0')
		log_info("clients reach it as %s", conf->public_url);
	(void)sigwait(&wait_for, &caught);
	log_info("stopping");
	app_stop(app);
	free(app);
	return EXIT_SUCCESS;
}

static int print_config(const struct conf *conf)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(65536);

	conf_print(&b, conf);
	fputs(buf_str(&b), stdout);
	return EXIT_SUCCESS;
}

static int print_routes(void)
{
	for (size_t i = 0; i < api_n_routes; i++)
		printf("%s %s\n", method_name(api_routes[i].method),
		       api_routes[i].pattern);
	for (size_t i = 0; i < ops_n_routes; i++)
		printf("%s %s\n", method_name(ops_routes[i].method),
		       ops_routes[i].pattern);
	return EXIT_SUCCESS;
}

static int export_to(const struct conf *conf, const char *dir)
{
	struct err e = {0};
	size_t files = 0;

	if (*dir == '\0')
		return misused("export: DIR is needed");
	key_library_init();
	if (history_export(&files, conf->data_dir, dir, &e) != 0)
		return fail(&e);
	printf("%s: current, %zu files of metadata\n", dir, files);
	return EXIT_SUCCESS;
}

static int verify_history(const struct conf *conf)
{
	struct replay_counts n = {0};
	struct err e = {0};

	key_library_init();
	if (history_verify(&n, conf->data_dir, &e) != 0)
		return fail(&e);
	printf("%zu versions of %zu roles checked, root 1 to %" PRId64
	       ": each verifies with keys of its time, none was issued "
	       "twice\n",
	       n.versions, n.roles, n.root);
	return EXIT_SUCCESS;
}

struct token_args {
	const char *name;
	char *scopes;
	const char *expires;
	const char *reason; /* of `witness accept` */
};

static int parse_scopes(unsigned *out, char *list, struct err *e)
{
	char *next = list;

	*out = SCOPE_READ;
	while (next != NULL) {
		const char *one = strsep(&next, ",");
		int i = 0;

		while (scope_names[i] != NULL &&
		       strcmp(scope_names[i], one) != 0)
			i++;
		if (scope_names[i] == NULL)
			return err_set(e, ERR_USAGE,
			               "--scopes: '%s' is not one of read, "
			               "publish, rollout, halt, fleet, admin",
			               one);
		*out |= ACCESS_SCOPE << i;
	}
	return 0;
}

static int store_token(const struct conf *conf, const struct token_row *row,
                       struct err *e)
{
	SCOPED(free)
	char *path = fs_join(conf->data_dir, "pawl.db");
	SCOPED(store_close)
	struct store *s = NULL;
	struct audit_row audit = {
		.at_ms = row->created_ms,
		.actor = "pawld",
		.action = "token.new",
		.object = row->id,
		.reason = "on the data directory",
		.request_id = "",
		.detail = "{}",
	};
	int64_t key, number;

	if (fs_mkdirs(conf->data_dir, 0750, e) != 0 ||
	    store_open(&s, path, &clock_system, e) != 0 ||
	    store_begin(s, e) != 0)
		return -1;
	if (tokens_add(&key, s, row, e) != 0 ||
	    audit_add(&number, s, &audit, e) != 0) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, e);
}

static int token_add(const struct conf *conf, const struct token_args *args)
{
	int64_t now = clock_utc_ms(&clock_system), life_s;
	char token[DEVICE_TOKEN_SIZE];
	struct token_row row;
	struct err e = {0};
	unsigned scopes;

	if (args->name == NULL || args->scopes == NULL)
		return misused("token add: --name and --scopes are needed");
	if (strlen(args->name) >= sizeof(row.name))
		return fail(
			(err_set(&e, ERR_USAGE, "--name: is too long"), &e));
	if (num_seconds(&life_s, args->expires, 60, 10 * 366 * 86400LL,
	                "--expires", &e) != 0 ||
	    parse_scopes(&scopes, args->scopes, &e) != 0)
		return fail(&e);
	if (token_fill(&row, token, args->name, scopes, now + life_s * 1000,
	               now, &rng_system) != 0)
		return fail((err_set(&e, ERR_INTERNAL, "scopes too long"), &e));
	if (store_token(conf, &row, &e) != 0)
		return fail(&e);
	printf("%s\n", token);
	if (said() == EXIT_SUCCESS)
		return EXIT_SUCCESS;
	fprintf(stderr,
	        "pawld: the token %s was made and is known to nobody; pawlctl "
	        "token revoke %s ends it\n",
	        row.id, row.id);
	return EXIT_FAILED;
}

static int witness_accept(const struct conf *conf,
                          const struct token_args *args)
{
	struct err e = {0};
	int64_t paused;

	if (args->reason == NULL)
		return misused("witness accept: --reason is needed");
	if (strlen(args->reason) > REASON_MAX)
		return misused("--reason: is too long");
	if (attest_accept(&paused, conf->data_dir, conf->witness_file,
	                  &clock_system, "pawld", args->reason, &e) != 0)
		return fail(&e);
	printf("the witness file agrees; %" PRId64 " rollouts are paused\n",
	       paused);
	return EXIT_SUCCESS;
}

/* ---- Command line ---- */

static int set_pair(struct conf *c, char *pair, struct err *e)
{
	char *equals = strchr(pair, '=');

	if (equals == NULL)
		return err_set(e, ERR_USAGE, "--set %s: KEY=VALUE is needed",
		               pair);
	*equals = '\0';
	return conf_set(c, pair, equals + 1, "--set", e);
}

static int read_config(struct conf *c, const char *path, struct err *e)
{
	if (path == NULL && !fs_exists(CONFIG_DEFAULT))
		return 0;
	return conf_read(c, path != NULL ? path : CONFIG_DEFAULT, e);
}

enum {
	OPT_CONFIG = 1,
	OPT_SET,
	OPT_CHECK,
	OPT_PRINT,
	OPT_NAME,
	OPT_SCOPES,
	OPT_EXPIRES,
	OPT_REASON,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"set", required_argument, NULL, OPT_SET},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"print-config", no_argument, NULL, OPT_PRINT},
	{"name", required_argument, NULL, OPT_NAME},
	{"scopes", required_argument, NULL, OPT_SCOPES},
	{"expires", required_argument, NULL, OPT_EXPIRES},
	{"reason", required_argument, NULL, OPT_REASON},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

#define SETS_MAX 64

struct line {
	const char *config;
	char *sets[SETS_MAX];
	size_t n_sets;
	struct token_args token;
	const char *instead; /* what an option asks for in place of a command */
};

/* -1: go on; else the exit status. */
static int parse_line(struct line *l, int argc, char **argv)
{
	int opt;

	l->token.expires = "365d";
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case OPT_CONFIG: l->config = optarg; break;
		case OPT_SET:
			if (l->n_sets == SETS_MAX)
				return misused("--set: is given too often");
			l->sets[l->n_sets++] = optarg;
			break;
		case OPT_CHECK: l->instead = "--check-config"; break;
		case OPT_PRINT: l->instead = "--print-config"; break;
		case OPT_NAME: l->token.name = optarg; break;
		case OPT_SCOPES: l->token.scopes = optarg; break;
		case OPT_EXPIRES: l->token.expires = optarg; break;
		case OPT_REASON: l->token.reason = optarg; break;
		case OPT_HELP: fputs(usage_text, stdout); return EXIT_SUCCESS;
		case OPT_VERSION:
			puts("pawld " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("pawld --help says more\n", stderr);
			return EXIT_USAGE;
		}
	}
	return -1;
}

/* What stands behind a command and is not read could be a mistake that
 * matters: a second folder, an option without its dashes. */
static int check_rest(const char *command, char *const *rest, int n)
{
	static const char *const with_one[] = {"export", "token", "witness"};
	int most = 0;

	for (size_t i = 0; i < sizeof(with_one) / sizeof(*with_one); i++)
		if (strcmp(command, with_one[i]) == 0)
			most = 1;
	if (n <= most)
		return 0;
	fprintf(stderr, "pawld: %s: '%s' is one word too many\n", command,
	        rest[most]);
	return -1;
}

static int run(const char *command, const char *sub, const struct conf *conf,
               const struct token_args *token)
{
	struct err e = {0};

	if (strcmp(command, "--check-config") == 0) {
		puts("the configuration is right");
		return EXIT_SUCCESS;
	}
	if (strcmp(command, "--print-config") == 0)
		return print_config(conf);
	if (strcmp(command, "serve") == 0)
		return serve(conf);
	if (strcmp(command, "routes") == 0)
		return print_routes();
	if (strcmp(command, "export") == 0)
		return export_to(conf, sub);
	if (strcmp(command, "verify-history") == 0)
		return verify_history(conf);
	if (strcmp(command, "token") == 0 && strcmp(sub, "add") == 0)
		return token_add(conf, token);
	if (strcmp(command, "witness") == 0 && strcmp(sub, "accept") == 0)
		return witness_accept(conf, token);
	(void)err_set(&e, ERR_USAGE, "'%s%s%s' is not a command", command,
	              *sub != '\0' ? " " : "", sub);
	return misused(e.msg);
}

int main(int argc, char **argv)
{
	struct line line = {0};
	struct err e = {0};
	struct conf conf;
	int status;

	fs_guard_standard();
	status = parse_line(&line, argc, argv);
	if (status >= 0)
		return status;
	conf_init(&conf);
	status = read_config(&conf, line.config, &e);
	for (size_t i = 0; status == 0 && i < line.n_sets; i++)
		status = set_pair(&conf, line.sets[i], &e);
	if (status == 0)
		status = conf_finish(&conf, &e);
	if (line.instead == NULL)
		line.instead = optind < argc ? argv[optind++] : "serve";
	if (status != 0) {
		(void)fail(&e);
		status = EXIT_USAGE;
	} else if (check_rest(line.instead, argv + optind, argc - optind) != 0)
		status = EXIT_USAGE;
	else
		status = run(line.instead, optind < argc ? argv[optind] : "",
		             &conf, &line.token);
	conf_fini(&conf);
	return status == EXIT_SUCCESS ? said() : status;
}
