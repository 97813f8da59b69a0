/*
 * The index of content-addressed files: what should be on the disk, and how
 * long it is. The bytes themselves are server/repo's.
 */
#ifndef SERVER_STORE_BLOB_INDEX_H
#define SERVER_STORE_BLOB_INDEX_H

#include "lib/rollout/fw.h"
#include "server/store/store.h"

struct blob_row {
	char sha256[SHA256_HEX_SIZE];
	int64_t length;
	int64_t first_seen_ms;
};

/* Fine when it is there with this length; ERR_CONFLICT with another. */
MUST_USE int blob_index_add(struct store *s, const struct blob_row *b,
                            struct err *e);
MUST_USE int blob_index_find(struct blob_row *out, struct store *s,
                             const char *sha256, struct err *e);

typedef int blob_index_fn(void *ctx, const struct blob_row *b, struct err *e);
/* All of them, in the order of their digests. */
MUST_USE int blob_index_each(struct store *s, blob_index_fn *fn, void *ctx,
                             struct err *e);

#endif
