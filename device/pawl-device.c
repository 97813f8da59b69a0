/*
 * The reference agent as a program: the loop a vendor copies. Options, a
 * clock, a network and a log around device/agent.h; nothing else.
 */
#include "config.h"

#include "cli/cli.h"
#include "device/agent.h"
#include "device/explain.h"
#include "device/identity.h"
#include "lib/base/fs.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage_text[] =
	"usage: pawl-device --provision FILE --state DIR [--once]\n"
	"       pawl-device --provision FILE [--state DIR] --decide DIR\n"
	"       pawl-device --provision FILE --state DIR --public-key\n"
	"\n"
	"Keeps one device up to date: verifies, installs into the spare slot,\n"
	"boots, confirms or reverts, reports.\n"
	"\n"
	"  --provision FILE  what the device was told when it was made\n"
	"  --state DIR       its memory and its slots\n"
	"  --once            one poll and all that follows from it, then exit\n"
	"  --decide DIR      print what it would do with the repository in "
	"DIR\n"
	"                    (metadata/, targets/), and why; change nothing\n"
	"  --public-key      make the device's key if it has none, print the\n"
	"                    public half, change nothing else\n"
	"  --facts FILE      battery, room, consent; with --decide also what\n"
	"                    runs, what is remembered, what time it is\n"
	"  --ca-file FILE    certificates to trust, in place of the system's\n"
	"  --verbose         say each step\n"
	"  --help, --version\n";

struct options {
	const char *provision, *state, *decide, *facts, *ca_file;
	bool once, verbose, public_key;
};

static int fail(const struct err *e)
{
	fprintf(stderr, "pawl-device: %s (%s)\n", e->msg, e->code);
	return (int)cli_exit_of(e);
}

/* The surroundings are read anew each time they are asked for. A file that
 * does not read says nothing: the last word stands. */
struct body {
	const char *facts_path;
	struct device_facts last;
};

static void facts_now(void *ctx, struct device_facts *out)
{
	struct body *b = ctx;
	struct facts f;
	struct err e = {0};

	if (b->facts_path != NULL) {
		if (facts_load(&f, b->facts_path, &e) == 0)
			b->last = f.device;
		else
			log_warn("%s", e.msg);
	}
	*out = b->last;
}

static void event(void *ctx, const char *what, const char *text)
{
	(void)ctx;
	log_info("%s%s%s", what, text[0] != '\0' ? ": " : "", text);
}

static void sleep_until(int64_t next_ms)
{
	int64_t left = next_ms - clock_mono_ms(&clock_system);
	struct timespec t = {.tv_sec = left / 1000,
	                     .tv_nsec = left % 1000 * 1000000};

	if (left > 0)
		(void)nanosleep(&t, NULL);
}

static int run_agent(struct agent *a, bool once, struct err *e)
{
	int64_t next_ms;

	for (;;) {
		if (agent_poll(a, &next_ms, e) != 0)
			return -1;
		if (once && agent_is_waiting(a))
			break;
		sleep_until(next_ms);
	}
	return agent_outcome(a, e);
}

static int run(const struct provision *p, const struct options *o,
               struct err *e)
{
	struct net_options net_options = {.ca_file = o->ca_file};
	struct body body = {
		.facts_path = o->facts,
		.last = {.battery_pct = -1, .flash_free_bytes = -1}};
	/* The agent speaks through it until it is gone: released last. */
	SCOPED(net_free)
	struct net *net = NULL;
	SCOPED(agent_free)
	struct agent *a = NULL;
	struct agent_host host = {.clock = &clock_system,
	                          .rng = &rng_system,
	                          .facts = facts_now,
	                          .event = event,
	                          .ctx = &body};

	net = net_new(&net_options);
	host.net = net_door(net);
	if (fs_mkdir(o->state, 0700, e) != 0)
		return -1;
	if (agent_open(&a, p, o->state, &host, e) != 0)
		return -1;
	return run_agent(a, o->once, e);
}

static int decide(const struct provision *p, const struct options *o,
                  struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(65536);
	SCOPED(free)
	struct facts *f = xcalloc(1, sizeof(*f));
	SCOPED(state_fini)
	struct device_state new_device = {0};
	SCOPED(records_free)
	struct records *store = NULL;
	struct device_state *s = &new_device;
	bool fresh = true;
	int result;

	facts_init(f);
	if (o->facts != NULL && facts_load(f, o->facts, e) != 0)
		return -1;
	/* What the device remembers, changed in memory alone. */
	if (o->state != NULL && records_open(&store, &fresh, o->state, e) != 0)
		return -1;
	if (fresh)
		state_init(s, p);
	else
		s = records_state(store);
	facts_apply(s, f);
	result = explain(
		&json, p, s, f, o->decide,
		f->has_now ? f->now_s : clock_utc_ms(&clock_system) / 1000, e);
	if (json.len > 0)
		printf("%s\n", buf_str(&json));
	return result;
}

/* For a factory that enrols devices itself: what to enrol this one with. */
static int show_key(const struct provision *p, const char *dir, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, IDENTITY_FILE);
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;

	if (fs_mkdir(dir, 0700, e) != 0 ||
	    identity_ensure(&k, path, p, &rng_system, e) != 0)
		return -1;
	printf("%s\n", identity_public(k));
	return 0;
}

static int carry_out(const struct provision *p, const struct options *o,
                     struct err *e)
{
	if (o->public_key)
		return show_key(p, o->state, e);
	return o->decide != NULL ? decide(p, o, e) : run(p, o, e);
}

static int parse_options(struct options *o, int argc, char **argv,
                         struct err *e)
{
	static const struct option names[] = {
		{"provision", required_argument, NULL, 'p'},
		{"state", required_argument, NULL, 's'},
		{"decide", required_argument, NULL, 'd'},
		{"facts", required_argument, NULL, 'f'},
		{"ca-file", required_argument, NULL, 'c'},
		{"once", no_argument, NULL, 'o'},
		{"public-key", no_argument, NULL, 'k'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'p': o->provision = optarg; break;
		case 's': o->state = optarg; break;
		case 'd': o->decide = optarg; break;
		case 'f': o->facts = optarg; break;
		case 'c': o->ca_file = optarg; break;
		case 'o': o->once = true; break;
		case 'k': o->public_key = true; break;
		case 'v': o->verbose = true; break;
		case 'h': fputs(usage_text, stdout); exit(CLI_OK);
		case 'V': puts("pawl-device " PACKAGE_VERSION); exit(CLI_OK);
		default: exit(CLI_USAGE); /* getopt_long said why */
		}
	}
	if (optind < argc)
		return err_set(e, ERR_USAGE, "'%s': no argument is expected",
		               argv[optind]);
	if (o->provision == NULL)
		return err_set(e, ERR_USAGE, "--provision FILE is needed");
	if (o->public_key && (o->state == NULL || o->decide != NULL))
		return err_set(e, ERR_USAGE,
		               "--public-key wants --state DIR, and no "
		               "--decide");
	if (o->decide == NULL && o->state == NULL)
		return err_set(e, ERR_USAGE,
		               "--state DIR or --decide DIR is needed");
	return 0;
}

int main(int argc, char **argv)
{
	SCOPED(provision_fini)
	struct provision p = {0};
	struct options o = {0};
	struct err e = {0};

	fs_guard_standard();
	key_library_init();
	if (parse_options(&o, argc, argv, &e) != 0)
		return fail(&e);
	log_set_level(o.verbose ? LOG_LEVEL_INFO : LOG_LEVEL_WARN);
	if (provision_load(&p, o.provision, &e) != 0)
		return fail(&e);
	if (carry_out(&p, &o, &e) != 0)
		return fail(&e);
	/* An answer that did not reach the pipe or disk is no answer. */
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		(void)err_set(&e, ERR_IO, "standard output: cannot be written");
		return fail(&e);
	}
	return CLI_OK;
}
