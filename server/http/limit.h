/*
 * Token buckets by key (a device id, an address) in a table of fixed size:
 * no number of callers makes it grow. When four keys that share a place are
 * all busy, a fifth takes the fullest bucket, so the loss is a little
 * leniency, never a lock-out of somebody else.
 *
 * Any thread; the lock inside is taken last and for a few loads.
 */
#ifndef SERVER_HTTP_LIMIT_H
#define SERVER_HTTP_LIMIT_H

#include "lib/base/cleanup.h"
#include "lib/base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limit;

/* About `keys` buckets of `burst` tokens each, refilled `per_minute`; all
 * above 0. The rng seeds the hash, so that nobody can choose collisions. */
struct limit *limit_new(size_t keys, int64_t burst, int64_t per_minute,
                        struct rng *rng);
void limit_free(struct limit *l);
DEFINE_SCOPED(limit_free, struct limit *)

/* Takes a token for the key at now_ms (monotonic). False when there is none;
 * *wait_s, which may be NULL, is then the whole seconds until there is one. */
bool limit_take(struct limit *l, const void *key, size_t len, int64_t now_ms,
                int64_t *wait_s);

#endif
