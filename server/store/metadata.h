/*
 * Signed role files: every version that was ever issued, exactly as served. A
 * version has one content for ever; the database itself refuses another.
 */
#ifndef SERVER_STORE_METADATA_H
#define SERVER_STORE_METADATA_H

#include "lib/base/buf.h"
#include "lib/rollout/fw.h"
#include "lib/tuf/envelope.h"
#include "server/store/store.h"

struct metadata_row {
	char role[TUF_ROLE_MAX];
	int64_t version;
	char sha256[SHA256_HEX_SIZE]; /* of the bytes */
	int64_t expires_ms;
	int64_t created_ms;
	const void *bytes;
	size_t len;
};

/* Fine when this version is there with these bytes; ERR_CONFLICT, code
 * "version_reused", when it is there with others. */
MUST_USE int metadata_add(struct store *s, const struct metadata_row *m,
                          struct err *e);
/* Appends the bytes; out->bytes is NULL, out->len 0. */
MUST_USE int metadata_find(struct metadata_row *out, struct buf *bytes,
                           struct store *s, const char *role, int64_t version,
                           struct err *e);
/* The highest version ever issued, current or not; 0 when there is none. */
MUST_USE int metadata_highest(int64_t *out, struct store *s, const char *role,
                              struct err *e);

typedef int metadata_fn(void *ctx, const struct metadata_row *m, struct err *e);
/* Every version of one role, rising: all roots are served for ever. */
MUST_USE int metadata_each(struct store *s, const char *role, metadata_fn *fn,
                           void *ctx, struct err *e);
typedef int metadata_role_fn(void *ctx, const char *role, struct err *e);
/* Every role that a version was ever issued of, in byte order. */
MUST_USE int metadata_roles(struct store *s, metadata_role_fn *fn, void *ctx,
                            struct err *e);
/* Inside of the store: a row of role, version, sha256, expires_ms, created_ms,
 * bytes, in that order of columns. */
void metadata_read_row(struct metadata_row *out, struct db_stmt *q);

#endif
