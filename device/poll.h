/*
 * When to ask again (trust.md check 7): whatever a server says, no sooner
 * than the provisioning record allows and no later than a day. Pure.
 */
#ifndef DEVICE_POLL_H
#define DEVICE_POLL_H

#include "lib/base/rng.h"

#include <stdint.h>

#define POLL_MAX_S 86400

/* Into [min_s, a day]; a negative wish is the default of no wish: min_s. */
int64_t poll_clamp(int64_t wanted_s, int64_t min_s);

/* After `failures` polls in a row without an answer (1, 2, …): doubles from
 * min_s, with a random part so that a fleet does not come back at once; never
 * before retry_after_s (-1: none was given). Clamped like the rest. */
int64_t poll_backoff(int64_t failures, int64_t retry_after_s, int64_t min_s,
                     struct rng *rng);

#endif
