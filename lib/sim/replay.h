/*
 * A rollout as a server exported it, "rollout-export/1", and its verdicts
 * given once more: the engine is built from the plan and the trials, and asked
 * at each moment in which the export says that something was halted. What the
 * export claims is then either what these trials say, or it is not.
 *
 * An export comes in pages, one JSON object each; pawl-sim(1) describes them.
 */
#ifndef LIB_SIM_REPLAY_H
#define LIB_SIM_REPLAY_H

#include "lib/rollout/engine.h"

#define REPLAY_PAGE_MAX ((size_t)8 << 20)
#define REPLAY_TRIALS_MAX ((size_t)4000000)
#define REPLAY_HALTS_MAX 8192
#define REPLAY_ACTOR_SIZE 129
#define REPLAY_TEXT 720 /* two sums in words */

struct replay_halt {
	struct cell cell; /* "*" spans */
	int64_t at_ms;
	bool by_hand; /* also what was carried over from another revision */
	bool bare;    /* found in the journal after a crash: no evidence */
	char actor[REPLAY_ACTOR_SIZE];
	struct evidence evidence;
};

struct replay {
	bool begun, ended; /* the first page was read; the last one was */
	int64_t rollout;   /* its key */
	char sha256[SHA256_HEX_SIZE];
	char plan_path[TARGET_MAX_LEN + 1];
	struct plan plan;
	int64_t epoch, began_ms, time_ms;
	enum rollout_state state;
	size_t holds; /* scopes on hold when it was written */
	/* In order of enrolment; `device` is a
	 * number that no other device of this export has. */
	struct {
		struct trial *items;
		size_t len, cap;
	} trials;
	/* Control units, in order of joining; granted_ms is when. */
	struct {
		struct trial *items;
		size_t len, cap;
	} units;
	struct {
		struct replay_halt *items;
		size_t len, cap;
	} halts;
};

/* The next page; strict, each refusal names its place. The plan is held
 * against its sha256 (code "plan_sha256"). */
MUST_USE int replay_add(struct replay *r, const char *name, const void *bytes,
                        size_t len, struct err *e);
/* After the last page: it was the last. */
MUST_USE int replay_check(const struct replay *r, const char *name,
                          struct err *e);
void replay_fini(struct replay *r);
DEFINE_SCOPED_PLACE(replay_fini, struct replay)

enum replay_verdict {
	REPLAY_SAME,
	REPLAY_BY_HAND, /* nothing to recompute */
	REPLAY_DIFFERS,
};
const char *replay_verdict_name(enum replay_verdict v);

/* What came of one halt; `found` is meaningful when halts is true. */
struct replay_result {
	size_t index;
	const struct replay_halt
		*halt; /* NULL: one that is not in the export */
	enum replay_verdict verdict;
	bool halts;
	struct evidence found;
	char text[REPLAY_TEXT]; /* the difference, or what was found */
};
typedef void replay_fn(void *ctx, const struct replay_result *result);

/* Tells fn of each halt in turn, and of one that the trials call for and the
 * export lacks. 0 when all are as the export says; else ERR_UNTRUSTED, code
 * "replay_differs", with the first difference, after which it stops. */
MUST_USE int replay_run(const struct replay *r, replay_fn *fn, void *ctx,
                        struct err *e);

#endif
