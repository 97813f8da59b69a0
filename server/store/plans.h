/*
 * Signed plans that metadata lists, or once listed. Immutable: a change is
 * the next revision of the id, at a path of its own.
 */
#ifndef SERVER_STORE_PLANS_H
#define SERVER_STORE_PLANS_H

#include "lib/base/buf.h"
#include "lib/rollout/plan.h"
#include "server/store/store.h"

struct plan_row {
	int64_t key;
	char product[PRODUCT_MAX_LEN + 1];
	char id[PRODUCT_MAX_LEN + 1];
	int64_t rev;
	char path[TARGET_MAX_LEN + 1];
	char sha256[SHA256_HEX_SIZE]; /* of the bytes */
	int64_t published_ms;
	int64_t retired_ms; /* 0: the metadata lists it */
	const void *bytes;
	size_t len;
};

/* Its key goes to *out, which may be NULL. Fine when the path is there with
 * the same bytes (it is listed again if it was retired); ERR_CONFLICT, code
 * "path_reused", otherwise. */
MUST_USE int plans_add(int64_t *out, struct store *s, const struct plan_row *p,
                       struct err *e);
/* Appends the bytes; out->bytes is NULL. */
MUST_USE int plans_find(struct plan_row *out, struct buf *bytes,
                        struct store *s, const char *path, struct err *e);
/* The metadata ceased to list it. */
MUST_USE int plans_retire(struct store *s, const char *path, int64_t at_ms,
                          struct err *e);

typedef int plans_fn(void *ctx, const struct plan_row *p, struct err *e);
/* All revisions of one id with their bytes, retired ones too, the lowest
 * first. */
MUST_USE int plans_of_id(struct store *s, const char *product, const char *id,
                         plans_fn *fn, void *ctx, struct err *e);

#endif
