/*
 * Plans being carried out, as far as the disk must know: state and stage. The
 * accounting is lib/rollout/engine.h, rebuilt from trials.h and halts.h.
 */
#ifndef SERVER_STORE_ROLLOUTS_H
#define SERVER_STORE_ROLLOUTS_H

#include "lib/rollout/engine.h"
#include "server/store/store.h"

#define ROLLOUT_ACTOR_SIZE 129

struct rollout_row {
	int64_t key;
	int64_t plan; /* key of the plan */
	/* Of that plan; not read when adding. */
	char product[PRODUCT_MAX_LEN + 1];
	char plan_id[PRODUCT_MAX_LEN + 1];
	int64_t plan_rev;
	char plan_path[TARGET_MAX_LEN + 1];
	char plan_sha256[SHA256_HEX_SIZE];

	enum rollout_state state;
	int stage;
	int64_t stage_since_ms;
	int64_t began_ms;
	int64_t ended_ms; /* 0: it has not */
	char created_by[ROLLOUT_ACTOR_SIZE];
	int64_t epoch;  /* of its plan id, from 0 */
	int promote_to; /* 0: no operator let it go on; not read when adding */
};

/* ERR_CONFLICT when this plan has a rollout already. */
MUST_USE int rollouts_add(int64_t *out, struct store *s,
                          const struct rollout_row *r, struct err *e);
MUST_USE int rollouts_set_stage(struct store *s, int64_t key, int stage,
                                int64_t since_ms, struct err *e);
/* ended_ms 0: it goes on. */
MUST_USE int rollouts_set_state(struct store *s, int64_t key,
                                enum rollout_state state, int64_t ended_ms,
                                struct err *e);

/* An operator let it go to this stage, 1 or above. */
MUST_USE int rollouts_set_promote(struct store *s, int64_t key, int to_stage,
                                  struct err *e);

typedef int rollouts_fn(void *ctx, const struct rollout_row *r, struct err *e);
/* All, ended ones too, oldest first: for the start. */
MUST_USE int rollouts_each(struct store *s, rollouts_fn *fn, void *ctx,
                           struct err *e);

#endif
