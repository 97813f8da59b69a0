/*
 * A device becomes known: a batch token for a device token of its own.
 */
#ifndef SERVER_FLEET_ENROL_H
#define SERVER_FLEET_ENROL_H

#include "server/fleet/fleet.h"
#include "server/fleet/wire.h"

#define DEVICE_TOKEN_SIZE 48 /* "pd_", 43 base64url characters, NUL */

/* Exactly once; token is NULL when *e says why not. */
typedef void enrol_answer_fn(void *ctx, const char *token, const struct err *e);

struct enrol_call {
	struct wire_enrol in;
	enrol_answer_fn *answer;
	void *ctx;
};

/* Any thread. When it is refused, `answer` is not called: because nobody may
 * enrol like this, as far as memory tells, or because the queue is full. */
MUST_USE int enrol_submit(struct fleet *f, const struct enrol_call *call,
                          struct err *e);

/* A fresh token with this prefix and its hash, which alone is stored. */
void enrol_make_token(char out[DEVICE_TOKEN_SIZE], uint8_t hash[SHA256_SIZE],
                      const char *prefix, struct rng *rng);

/* A batch that is not believed any more (trust.md): it gets no grants, and
 * its attempts that were not activated are void. write() belongs into the
 * transaction of the quarantine, landed() after it; the scribe's thread. */
MUST_USE int enrol_quarantine_write(struct fleet *f, int64_t batch,
                                    struct err *e);
void enrol_quarantine_landed(struct fleet *f, int64_t batch);
bool enrol_is_quarantined(const struct fleet *f, int64_t batch);

/* At the start: the batches, and which of them are in quarantine. */
MUST_USE int enrol_load(struct fleet *f, struct err *e);
/* A batch was made or changed, and that is committed. */
void enrol_batches_changed(struct fleet *f);

#endif
