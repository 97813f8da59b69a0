/*
 * What was stopped, and why. A halt is a latch: the database itself refuses
 * to change or remove one.
 */
#ifndef SERVER_STORE_HALTS_H
#define SERVER_STORE_HALTS_H

#include "lib/rollout/words.h"
#include "server/store/store.h"

struct halt_row {
	int64_t key; /* rising */
	int64_t rollout;
	int64_t rev;     /* of its plan; not read when adding */
	word hw, region; /* "*" spans */
	int64_t at_ms;
	bool by_hand;
	const char *actor;
	const char *evidence; /* JSON: enough to recompute the verdict */
};

/* Its key goes to *out, which may be NULL. What is halted already stays as it
 * is, with its first evidence: 0, and the key of that row. */
MUST_USE int halts_add(int64_t *out, struct store *s, const struct halt_row *h,
                       struct err *e);

typedef int halts_fn(void *ctx, const struct halt_row *h, struct err *e);
/* Every halt of every rollout, oldest first: for the start. */
MUST_USE int halts_each(struct store *s, halts_fn *fn, void *ctx,
                        struct err *e);
/* Of all revisions of one plan id, the lowest first: what a later one must not
 * forget. */
MUST_USE int halts_of_plan(struct store *s, const char *product, const char *id,
                           halts_fn *fn, void *ctx, struct err *e);
/* When the oldest of the rollouts began that were halted after this moment; 0
 * when none was. */
MUST_USE int halts_oldest_rollout(int64_t *out, struct store *s,
                                  int64_t since_ms, struct err *e);

#endif
