/*
 * pawl-get as a program: options, a clock, a network. What it does is in
 * get/get.h.
 */
#include "config.h"

#include "get/get.h"
#include "get/store.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of any size may come over a slow line; a server that starves us is
 * given up (TUF 1.5.2, slow retrieval). */
#define MIN_SPEED 1024 /* bytes/s */
#define PATIENCE_S 30

static const char usage_text[] =
	"usage: pawl-get --metadata-dir DIR init ROOT\n"
	"       pawl-get --metadata-dir DIR --metadata-url URL refresh\n"
	"       pawl-get --metadata-dir DIR --metadata-url URL\n"
	"                --target-name PATH… --target-dir DIR\n"
	"                --target-base-url URL download\n"
	"\n"
	"A plain TUF client: follows a repository from a root you trust, and\n"
	"gives you files exactly as they were signed.\n"
	"\n"
	"  --metadata-dir DIR     what is trusted, kept between calls\n"
	"  --metadata-url URL     where the repository's metadata is\n"
	"  --target-name PATH     a file as the repository names it; again "
	"for\n"
	"                         more\n"
	"  --target-dir DIR       where files go\n"
	"  --target-base-url URL  where the repository's files are\n"
	"  --ca-file FILE         certificates to trust, in place of the\n"
	"                         system's\n"
	"  --min-speed BYTES      give up on a server that is slower in a "
	"second\n"
	"                         (1024)\n"
	"  --patience DURATION    for so long (30s)\n"
	"  --verbose              say each request and its answer\n"
	"  --help, --version\n"
	"\n"
	"Exit code: 0 all is done, 1 refused or failed, 2 not understood.\n";

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE };

struct options {
	struct get get;
	const char **targets;
	size_t n_targets;
	struct net_options net;
	char **words; /* the command and its argument */
	int n_words;
	bool verbose;
};

static void arrived(void *ctx, const char *target, const char *file,
                    bool cached)
{
	(void)ctx;
	(void)target;
	(void)cached;
	puts(file);
}

static int init(const struct options *o, struct err *e)
{
	SCOPED(buf_fini)
	struct buf root = BUF_INIT(trust_limits_default.root_bytes);

	if (fs_read(&root, o->words[1], e) != 0)
		return -1;
	return store_init(o->get.metadata_dir, o->words[1], buf_str(&root),
	                  root.len, e);
}

static int refresh(const struct options *o, struct err *e)
{
	struct get_versions v;

	if (get_refresh(&v, &o->get, e) != 0)
		return -1;
	printf("root %" PRId64 ", timestamp %" PRId64 ", snapshot %" PRId64
	       ", targets %" PRId64 "\n",
	       v.root, v.timestamp, v.snapshot, v.targets);
	return 0;
}

static int download(const struct options *o, struct err *e)
{
	return get_download(&o->get, o->targets, o->n_targets, e);
}

enum needs {
	NEEDS_ROOT = 1, /* one argument */
	NEEDS_URL = 2,
	NEEDS_TARGETS = 4,
};

static const struct command {
	const char *name;
	unsigned needs;
	int (*run)(const struct options *o, struct err *e);
} commands[] = {
	{"init", NEEDS_ROOT, init},
	{"refresh", NEEDS_URL, refresh},
	{"download", NEEDS_URL | NEEDS_TARGETS, download},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int need(bool given, const char *what, const char *command,
                struct err *e)
{
	if (given)
		return 0;
	return err_set(e, ERR_USAGE, "%s: %s is needed", command, what);
}

static int check_options(const struct command **out, const struct options *o,
                         struct err *e)
{
	const struct command *c;
	int words;

	if (o->n_words == 0)
		return err_set(e, ERR_USAGE,
		               "init, refresh or download is needed");
	c = *out = find_command(o->words[0]);
	if (c == NULL)
		return err_set(e, ERR_USAGE,
		               "'%s': init, refresh or download is needed",
		               o->words[0]);
	words = c->needs & NEEDS_ROOT ? 2 : 1;
	if (o->n_words > words)
		return err_set(e, ERR_USAGE, "'%s': no argument is expected",
		               o->words[words]);
	if (need(o->n_words == words, "a file ROOT", c->name, e) != 0 ||
	    need(o->get.metadata_dir != NULL, "--metadata-dir", c->name, e) !=
	            0)
		return -1;
	if (c->needs & NEEDS_URL && need(o->get.metadata_url != NULL,
	                                 "--metadata-url", c->name, e) != 0)
		return -1;
	if (!(c->needs & NEEDS_TARGETS))
		return 0;
	if (need(o->n_targets > 0, "--target-name", c->name, e) != 0 ||
	    need(o->get.target_dir != NULL, "--target-dir", c->name, e) != 0)
		return -1;
	return need(o->get.target_url != NULL, "--target-base-url", c->name, e);
}

static int parse_number(struct options *o, int option, struct err *e)
{
	int64_t n;

	if (option == 's') {
		if (num_bytes(&n, optarg, 1, INT64_C(1) << 30, "--min-speed",
		              e) != 0)
			return -1;
		o->net.slow_bytes_per_s = (long)n;
		return 0;
	}
	if (num_seconds(&n, optarg, 1, 86400, "--patience", e) != 0)
		return -1;
	o->net.slow_s = (long)n;
	return 0;
}

static int parse_options(struct options *o, int argc, char **argv,
                         struct err *e)
{
	static const struct option names[] = {
		{"metadata-dir", required_argument, NULL, 'm'},
		{"metadata-url", required_argument, NULL, 'u'},
		{"target-name", required_argument, NULL, 't'},
		{"target-dir", required_argument, NULL, 'd'},
		{"target-base-url", required_argument, NULL, 'b'},
		{"ca-file", required_argument, NULL, 'c'},
		{"min-speed", required_argument, NULL, 's'},
		{"patience", required_argument, NULL, 'p'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int c;

	o->targets = xcalloc((size_t)argc, sizeof(*o->targets));
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'm': o->get.metadata_dir = optarg; break;
		case 'u': o->get.metadata_url = optarg; break;
		case 't': o->targets[o->n_targets++] = optarg; break;
		case 'd': o->get.target_dir = optarg; break;
		case 'b': o->get.target_url = optarg; break;
		case 'c': o->net.ca_file = optarg; break;
		case 's':
		case 'p':
			if (parse_number(o, c, e) != 0)
				return -1;
			break;
		case 'v': o->verbose = true; break;
		case 'h': fputs(usage_text, stdout); exit(EXIT_DONE);
		case 'V': puts("pawl-get " PACKAGE_VERSION); exit(EXIT_DONE);
		default: exit(EXIT_USAGE); /* getopt_long said why */
		}
	}
	o->words = argv + optind;
	o->n_words = argc - optind;
	return 0;
}

/* A door that tells what goes through it. */
static int tell(void *ctx, struct net_reply *out, const struct net_request *q,
                struct err *e)
{
	const struct net_door *door = ctx;
	int result = net_ask(door, out, q, e);

	fprintf(stderr, "pawl-get: %s %s", q->method, q->url);
	if (q->to_byte > 0)
		fprintf(stderr, " from byte %" PRId64, q->from_byte);
	if (result == 0)
		fprintf(stderr, ": %d\n", out->status);
	else
		fprintf(stderr, ": %s\n", e->msg);
	return result;
}

static int fail(const struct err *e)
{
	fprintf(stderr, "pawl-get: %s (%s)\n", e->msg, e->code);
	return e->kind == ERR_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}

static int run(struct options *o, const struct command *c, struct err *e)
{
	SCOPED(net_free)
	struct net *net = NULL;
	struct net_door door, loud = {tell, &door};

	key_library_init();
	net = net_new(&o->net);
	door = net_door(net);
	o->get.net = o->verbose ? &loud : &door;
	o->get.clock = &clock_system;
	o->get.arrived = arrived;
	if (c->run(o, e) != 0)
		return -1;
	/* An answer that did not reach the pipe or disk is no answer. */
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return err_set(e, ERR_IO, "standard output: cannot be written");
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.net = {.slow_bytes_per_s = MIN_SPEED, .slow_s = PATIENCE_S}};
	const struct command *c = NULL;
	struct err e = {0};
	int result;

	fs_guard_standard();
	result = parse_options(&o, argc, argv, &e);
	if (result == 0)
		result = check_options(&c, &o, &e);
	if (result != 0)
		e.kind = ERR_USAGE;
	else
		result = run(&o, c, &e);
	free(o.targets);
	return result == 0 ? EXIT_DONE : fail(&e);
}
