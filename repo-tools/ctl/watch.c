#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/rollout_show.h"
#include "repo-tools/ctl/text.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

/* A server that restarts is away for seconds; asking so often in vain means
 * that it is gone. */
#define FAILURES_MAX 5
#define INTERVAL_MAX_S 3600
#define TIMEOUT_MAX_S (INT64_C(366) * 86400)

const struct cli_option ctl_watch_options[] = {
	/* clang-format off */
	{"interval", 0, "DURATION", 0, "2s", "ask so often"},
	{"timeout",  0, "DURATION", 0, NULL, "give up after so long"},
	{NULL,       0, NULL,   0, NULL, NULL},
	/* clang-format on */
};

enum state { RUNNING, PAUSED, HALTED, COMPLETED, SUPERSEDED };
static const char *const states[] = {"running",   "paused",     "halted",
                                     "completed", "superseded", NULL};

struct watch {
	struct cli *cli;
	struct ctl_api api;
	char *path;
	int64_t interval_ms, timeout_ms; /* timeout 0: none */
	struct buf shown;                /* what was printed last */
	size_t halts_shown;
	int failures; /* in a row */
};

static void watch_fini(struct watch *w)
{
	buf_fini(&w->shown);
	free(w->path);
	ctl_api_fini(&w->api);
}
DEFINE_SCOPED_PLACE(watch_fini, struct watch)

static void wait_ms(const struct cli *c, int64_t ms)
{
	const struct ctl_world *world = cli_world(c)->ctx;

	if (world != NULL && world->wait != NULL)
		world->wait(world->ctx, ms);
	else
		(void)poll(NULL, 0, (int)ms);
}

/* Keeps the new line; false when it is the one shown last. */
static bool is_news(struct watch *w, struct buf *line)
{
	struct buf old = w->shown;

	if (old.data != NULL && strcmp(buf_str(&old), buf_str(line)) == 0)
		return false;
	w->shown = *line;
	*line = old;
	return true;
}

static int show_news(struct watch *w, const struct js_at *root, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(CTL_ANSWER_MAX);
	char now[RFC3339_SIZE];
	struct js_at halts;
	size_t n;

	ctl_rollout_show_line(&line, root);
	buf_puts(&line, "; ");
	ctl_text_member(&line, root, "waits_for");
	rfc3339_format(now, clock_utc_ms(cli_world(w->cli)->clock) / 1000);
	if (is_news(w, &line))
		cli_print(w->cli, "%s %s\n", now, buf_str(&w->shown));
	if (js_get_array(&halts, &n, root, "halts", 0, SIZE_MAX, e) != 0 ||
	    ctl_rollout_show_halts(w->cli, root, w->halts_shown, e) != 0)
		return -1;
	w->halts_shown = n;
	return 0;
}

static int show_json(struct watch *w, const struct ctl_answer *a, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(6 * CTL_ANSWER_MAX);

	ctl_text_json(&line, buf_str(&a->reply.body), a->reply.body.len);
	if (!is_news(w, &line))
		return 0;
	return cli_print_json(w->cli, &w->shown, e);
}

/* One question: the state, or -1. What may pass is counted, not refused,
 * until it is too much; *state stays as it was then. */
static int look(struct watch *w, int *state, struct err *e)
{
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	struct err why = {0};

	if (ctl_api_get(&w->api, &a, w->path, &why) != 0) {
		bool may_pass =
			why.kind == ERR_UNREACHABLE || why.kind == ERR_BUSY;

		if (may_pass && ++w->failures < FAILURES_MAX) {
			cli_say(w->cli, "%s: %s (%s); asking again\n",
			        "pawlctl", why.msg, why.code);
			return 0;
		}
		if (e != NULL)
			*e = why;
		return -1;
	}
	w->failures = 0;
	if (js_get_enum(state, &a.root, "state", states, e) != 0)
		return -1;
	return cli_wants_json(w->cli) ? show_json(w, &a, e)
	                              : show_news(w, &a.root, e);
}

/* Who watches from a script learns the end from the exit code. */
static int end(const struct watch *w, enum state state, struct err *e)
{
	const char *key = cli_arg(w->cli, 0);

	switch (state) {
	case RUNNING:
	case PAUSED:
	case COMPLETED: return 0;
	case HALTED:
		return err_code(e, ERR_INVALID, "halted",
		                "rollout %s: halted; a new signed revision of "
		                "its plan is needed to go on",
		                key);
	case SUPERSEDED:
		return err_code(e, ERR_CONFLICT, "superseded",
		                "rollout %s: another one took its place", key);
	}
	return 0;
}

static int follow(struct watch *w, struct err *e)
{
	const struct clock *clock = cli_world(w->cli)->clock;
	int64_t began_ms = clock_mono_ms(clock), left_ms;
	int state = RUNNING;

	for (;;) {
		if (look(w, &state, e) != 0)
			return -1;
		fflush(cli_world(w->cli)->out);
		if (state != RUNNING && state != PAUSED)
			return end(w, (enum state)state, e);
		left_ms = w->interval_ms;
		if (w->timeout_ms > 0)
			left_ms = w->timeout_ms -
			          (clock_mono_ms(clock) - began_ms);
		if (left_ms <= 0)
			return err_code(e, ERR_INVALID, "timeout",
			                "rollout %s: still %s after %s",
			                cli_arg(w->cli, 0), states[state],
			                cli_get(w->cli, "timeout"));
		wait_ms(w->cli,
		        left_ms < w->interval_ms ? left_ms : w->interval_ms);
	}
}

int ctl_watch(struct cli *c, struct err *e)
{
	SCOPED(watch_fini)
	struct watch w = {.cli = c};
	int64_t interval_s = 0, timeout_s = 0;

	w.shown = (struct buf)BUF_INIT(6 * CTL_ANSWER_MAX);
	if (cli_seconds(&interval_s, c, "interval", 1, INTERVAL_MAX_S, e) !=
	            0 ||
	    cli_seconds(&timeout_s, c, "timeout", 1, TIMEOUT_MAX_S, e) != 0 ||
	    ctl_api_path(&w.path, "rollouts", cli_arg(c, 0), NULL, "KEY", e) !=
	            0 ||
	    ctl_api_open(&w.api, c, e) != 0)
		return -1;
	w.interval_ms = interval_s * 1000;
	w.timeout_ms = timeout_s * 1000;
	return follow(&w, e);
}
