/*
 * The highest version of each role that was ever published, and how far the
 * online roles may have been numbered, in a small file outside of the data
 * directory: on another disk, so that it does not come back with an old
 * backup. What is below it is never published again.
 *
 *	pawl-witness/1
 *	repo 5f0c…
 *	role targets 7 9c1e… 0
 *	role timestamp 1048581 77ab… 2097153
 *	end 3b2d…                          the sha256 of the lines above
 *
 * The fields of a role: the highest committed version, the sha256 of its
 * file, and for online roles the limit of the journal (journal.h).
 *
 * Owned by the scribe's thread.
 */
#ifndef SERVER_REPO_WITNESS_H
#define SERVER_REPO_WITNESS_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/hash.h"
#include "lib/rollout/words.h"
#include "lib/tuf/envelope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct witness_role {
	char role[TUF_ROLE_MAX];
	int64_t version;              /* 0: none is committed */
	char sha256[SHA256_HEX_SIZE]; /* "" when the version is 0 */
	int64_t limit;                /* 0: not an online role */
};

struct witness {
	char repo[REPO_ID_SIZE]; /* "" before the first publish */
	struct witness_role *items;
	size_t len, cap;
};

void witness_fini(struct witness *w);
DEFINE_SCOPED_PLACE(witness_fini, struct witness)
void witness_copy(struct witness *out, const struct witness *from);

/* ERR_NOT_FOUND; code "witness_corrupt". */
MUST_USE int witness_read(struct witness *out, const char *path, struct err *e);
/* The same of bytes, which are copied; `path` is for messages. */
MUST_USE int witness_parse(struct witness *out, const char *path,
                           const char *bytes, size_t len, struct err *e);
/* Its bytes, appended. */
void witness_format(struct buf *out, const struct witness *w);
/* Durable when it returns 0. */
MUST_USE int witness_write(const struct witness *w, const char *path,
                           struct err *e);
/* The same in two steps around a commit: first all that can fail for want of
 * space, beside the file, then its taking effect. */
MUST_USE int witness_prepare(const struct witness *w, const char *path,
                             struct err *e);
MUST_USE int witness_settle(const char *path, struct err *e);

const struct witness_role *witness_role(const struct witness *w,
                                        const char *role);
/* Raise; a lower value changes nothing. The answer: something was raised. */
bool witness_see(struct witness *w, const char *role, int64_t version,
                 const char *sha256);
bool witness_see_limit(struct witness *w, const char *role, int64_t limit);
/* May this be published? ERR_CONFLICT, code "witness_version": a higher
 * version was, or this one with other bytes. */
MUST_USE int witness_check(const struct witness *w, const char *role,
                           int64_t version, const char *sha256, struct err *e);

#endif
