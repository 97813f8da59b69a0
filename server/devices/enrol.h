/*
 * A device becomes known: a batch token for a device token of its own.
 */
#ifndef SERVER_DEVICES_ENROL_H
#define SERVER_DEVICES_ENROL_H

#include "server/fleet/fleet.h"
#include "server/roster/wire.h"

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

#endif
