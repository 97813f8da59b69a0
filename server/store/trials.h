/*
 * Trials: one device is one trial of a rollout (rollout-rules). The rows are
 * what an engine replays, in the order of enrolment, to give the same answers
 * after a restart.
 */
#ifndef SERVER_STORE_TRIALS_H
#define SERVER_STORE_TRIALS_H

#include "lib/rollout/engine.h"
#include "server/store/store.h"

#define TRIAL_CODE_SIZE 65

struct trial_row {
	struct trial trial; /* its attempt is 0 for a control unit */
	int64_t rollout;
	bool control;           /* held back on purpose, to compare with */
	int64_t stood_still_ms; /* how long a pause stopped its deadlines */
	int64_t poll_after_s;   /* what it was last told, seconds */
	/* Of its last report, "" before the first. */
	char image[SHA256_HEX_SIZE];
	char code[TRIAL_CODE_SIZE];
};

/* Enrols at the end of the order; a void trial of the same device leaves it.
 * Only inside of a transaction. ERR_CONFLICT when the device is a trial of
 * this rollout already (or this retry of it), or (code "attempt_reused") when
 * the attempt is not above all the device was ever given. */
MUST_USE int trials_enrol(struct store *s, const struct trial_row *t,
                          struct err *e);
/* Writes what changes in a trial's life: step, step_ms, stood_still_ms,
 * poll_after_s, image, code. */
MUST_USE int trials_update(struct store *s, const struct trial_row *t,
                           struct err *e);

/* Writes the one thing that a check-in changes: what the device of this
 * attempt was told to wait, seconds. Before it is told. */
MUST_USE int trials_told(struct store *s, int64_t device, int64_t attempt,
                         int64_t poll_after_s, struct err *e);

typedef int trials_fn(void *ctx, const struct trial_row *t, struct err *e);
/* Of one rollout, in the order of enrolment: for the start. */
MUST_USE int trials_each(struct store *s, int64_t rollout, trials_fn *fn,
                         void *ctx, struct err *e);

typedef void trials_device_fn(void *ctx, int64_t device);
/* Each device once, rising, that a rollout of this plan id in an epoch below
 * this one tried. What had not activated when the epoch ended is void. */
MUST_USE int trials_tried(struct store *s, const char *product, const char *id,
                          int64_t epoch, trials_device_fn *fn, void *ctx,
                          struct err *e);

#endif
