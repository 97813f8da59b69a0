/*
 * Devices that the state files leave out of a plan, whatever its revision.
 */
#ifndef SERVER_STORE_EXCLUSIONS_H
#define SERVER_STORE_EXCLUSIONS_H

#include "server/store/store.h"

#include <stdint.h>

/* Adding what is there, and taking out what is not, is ERR_CONFLICT and
 * ERR_NOT_FOUND. */
MUST_USE int exclusions_add(struct store *s, const char *product,
                            const char *plan_id, int64_t device,
                            int64_t since_ms, struct err *e);
MUST_USE int exclusions_remove(struct store *s, const char *product,
                               const char *plan_id, int64_t device,
                               struct err *e);

typedef int exclusions_fn(void *ctx, int64_t device, struct err *e);
/* Oldest first. */
MUST_USE int exclusions_each(struct store *s, const char *product,
                             const char *plan_id, exclusions_fn *fn, void *ctx,
                             struct err *e);

#endif
