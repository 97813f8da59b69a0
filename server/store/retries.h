/*
 * When an operator last let the failed devices of a rollout's cell try once
 * more. By cell of the plan, as trials are.
 */
#ifndef SERVER_STORE_RETRIES_H
#define SERVER_STORE_RETRIES_H

#include "server/store/store.h"

#include <stdint.h>

MUST_USE int retries_ask(struct store *s, int64_t rollout, int cell,
                         int64_t at_ms, struct err *e);

typedef void retries_fn(void *ctx, int cell, int64_t at_ms);
MUST_USE int retries_each(struct store *s, int64_t rollout, retries_fn *fn,
                          void *ctx, struct err *e);

#endif
