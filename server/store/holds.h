/*
 * Since when scopes of rollouts are on hold, and until when they were. Which
 * are now is the engine's to say; this is what a restart would forget.
 */
#ifndef SERVER_STORE_HOLDS_H
#define SERVER_STORE_HOLDS_H

#include "lib/rollout/words.h"
#include "server/store/store.h"

struct hold_row {
	int64_t rollout;
	word hw, region; /* "*" spans */
	int64_t since_ms;
	const char *text; /* what it began with */
};

/* One that began; ERR_CONFLICT when this scope is on hold already. */
MUST_USE int holds_add(struct store *s, const struct hold_row *h,
                       struct err *e);
/* It ended; ERR_NOT_FOUND when it was not on hold. */
MUST_USE int holds_end(struct store *s, int64_t rollout, const char *hw,
                       const char *region, int64_t ended_ms, struct err *e);

typedef int holds_fn(void *ctx, const struct hold_row *h, struct err *e);
/* Those of all rollouts that have not ended, oldest first: for the start. */
MUST_USE int holds_each(struct store *s, holds_fn *fn, void *ctx,
                        struct err *e);

#endif
