/*
 * The TUF client workflow (TUF 5.1 to 5.7) as a pure state machine: it asks
 * for bytes, it is given bytes or told there are none, it says what to keep.
 * No file, no socket, no clock: the caller owns those. pawl-device, pawl-get,
 * `pawl-repo verify` and the server's publish gate run this same code.
 *
 *	t = trust_new(root_bytes, len, now, NULL, &e);
 *	trust_refresh(t, &io, &e)                     drives it over callbacks
 *	trust_find(t, &io, "fw/coat/…", &target, &e)  walks delegations
 *
 * Every refusal leaves the trusted state as it was: nothing rejected is kept
 * or asked to be saved; ask again when the world is better. Codes of refusals:
 * "threshold", "rollback" (below what was seen), "version" (not the one
 * asked for), "mismatch" (length or hash), "expired", "missing" (the
 * repository lists what it does not give), "not_listed" (a delegation the
 * snapshot does not know), "too_large", and those of the parsers.
 *
 * One thread at a time.
 */
#ifndef LIB_TUF_TRUST_H
#define LIB_TUF_TRUST_H

#include "lib/tuf/root.h"
#include "lib/tuf/snapshot.h"
#include "lib/tuf/targets.h"

struct trust;
struct tuf_doc; /* doc.h */

/* A length listed in signed metadata lowers a limit and never raises it: an
 * online key must not be able to fill a device. */
struct trust_limits {
	size_t root_bytes, timestamp_bytes, snapshot_bytes, targets_bytes;
	int root_rotations; /* in one refresh; the next goes on from there */
	int delegations;    /* delegated roles visited in one look-up */
};
extern const struct trust_limits trust_limits_default;

/* now_s is fixed for the life of the object (TUF 5.1). limits may be NULL.
 * Verifies the root's own threshold; its expiry is looked at in refresh. */
struct trust *trust_new(const void *root, size_t len, int64_t now_s,
                        const struct trust_limits *limits, struct err *e);
void trust_free(struct trust *t);
DEFINE_SCOPED(trust_free, struct trust *)

enum trust_kind {
	TRUST_DONE,  /* the question asked last is answered */
	TRUST_LOAD,  /* give the stored copy of `role`, or none */
	TRUST_FETCH, /* give `path` below the metadata URL, or none (404) */
	TRUST_SAVE,  /* keep `bytes` as the stored copy of `role` */
	/* Forget the stored copy of `role`: a new root changed the keys it was
	 * measured by (TUF 5.3.11). On the disk, since this refresh may not
	 * come to its end. */
	TRUST_DROP,
};

struct trust_step {
	enum trust_kind kind;
	char role[TUF_ROLE_MAX];
	char path[3 * TUF_ROLE_MAX + 32]; /* FETCH: percent-encoded */
	size_t max_bytes;                 /* FETCH: refuse more unread */
	const void *bytes;                /* SAVE: as received; borrowed */
	size_t len;
	/* SAVE of a root behind which DROPs come: with them or not at all,
	 * whenever the power fails (rotation.h). */
	bool rotates;
};

/* What to do next. After LOAD or FETCH call trust_give or trust_none; after
 * SAVE or DROP call trust_next again, which says that it is done: one is
 * repeated when another question begins before. A stored copy that does not
 * verify is the same as none. */
MUST_USE int trust_next(struct trust *t, struct trust_step *out, struct err *e);
MUST_USE int trust_give(struct trust *t, const void *bytes, size_t len,
                        struct err *e);
MUST_USE int trust_none(struct trust *t, struct err *e);

/* Begins the refresh of the top-level roles. A fresh object begins so. */
void trust_begin_refresh(struct trust *t);
/* Begins a look-up; needs a completed refresh. */
void trust_begin_find(struct trust *t, const char *path);
/* Begins to make a role delegated by the top-level targets trusted; needs a
 * completed refresh. */
void trust_begin_role(struct trust *t, const char *role);

/* The vouched entry of the last look-up; borrowed until the next question. */
struct trust_target {
	const char *role; /* which role vouched: trust.md check 1 */
	const struct tuf_target *entry;
	bool listed_hashes_known; /* always true: others are refused */
};
/* NULL when no role lists the path. */
const struct trust_target *trust_found(const struct trust *t);

/* The role name as one segment of a URL or a file name: all but letters,
 * digits and "_.-~" is percent-encoded. What stores roles in files appends
 * ".json" to this (CVE-2021-41131). */
#define TRUST_ENCODED_MAX (3 * TUF_ROLE_MAX)
void trust_encode_role(char out[TRUST_ENCODED_MAX], const char *role);

/* The steps over callbacks. load and fetch return -1 with ERR_NOT_FOUND when
 * there is none; any other refusal ends the call. `out` is born with the
 * limit of the step. load, save and drop may be NULL: nothing is stored. drop
 * succeeds when there is nothing to drop. */
struct trust_io {
	int (*load)(void *ctx, const char *role, struct buf *out,
	            struct err *e);
	int (*fetch)(void *ctx, const char *path, size_t max_bytes,
	             struct buf *out, struct err *e);
	int (*save)(void *ctx, const char *role, const void *bytes, size_t len,
	            struct err *e);
	int (*drop)(void *ctx, const char *role, struct err *e);
	/* Before a save that rotates; may be NULL. */
	int (*rotate)(void *ctx, struct err *e);
	/* For who plays several clients over the same files; else NULL.
	 * known: a document of what load or fetch gave last (for trust_start:
	 * of the root), borrowed, or NULL; one that was read from other bytes
	 * is not taken. learn: the one that was used and is trusted now. */
	struct tuf_doc *(*known)(void *ctx);
	void (*learn)(void *ctx, struct tuf_doc *d);
	void *ctx;
};
/* trust_new() of one that these callbacks drive. */
struct trust *trust_start(const void *root, size_t len, int64_t now_s,
                          const struct trust_io *io, struct err *e);
MUST_USE int trust_refresh(struct trust *t, const struct trust_io *io,
                           struct err *e);
/* ERR_NOT_FOUND when nobody lists it. */
MUST_USE int trust_find(struct trust *t, const struct trust_io *io,
                        const char *path, const struct trust_target **out,
                        struct err *e);
/* Makes a delegated role of the top-level targets trusted without a path
 * (the device wants all of releases.P for check 10). */
MUST_USE int trust_load_role(struct trust *t, const struct trust_io *io,
                             const char *role, struct err *e);

/* The ids of the keys that speak for a role now, and how many of them must
 * agree: one of the four, or a role delegated by the trusted top-level
 * targets. What is remembered about a role is remembered with these, and
 * dropped when they change (trust.md check 8). Returns how many; 0 when the
 * role is not known. Borrowed until the next question. */
size_t trust_keyids(const struct trust *t, const char *role,
                    const char (**out)[KEY_ID_SIZE], int64_t *threshold);

/* What is trusted now; NULL until it is. Borrowed until the next question. A
 * new root drops the rest, a new snapshot the targets, until they are verified
 * again. */
const struct tuf_root *trust_root(const struct trust *t);
const struct tuf_snapshot *trust_timestamp(const struct trust *t);
const struct tuf_snapshot *trust_snapshot(const struct trust *t);
const struct tuf_targets *trust_targets(const struct trust *t,
                                        const char *role);

/* TUF 5.5.5: every file the trusted snapshot lists is still listed, and no
 * version went down (CVE-2022-29173). ERR_UNTRUSTED, code "rollback". */
MUST_USE int trust_check_no_rollback(const struct tuf_snapshot *seen,
                                     const struct tuf_snapshot *s,
                                     struct err *e);

#endif
