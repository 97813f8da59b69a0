/*
 * targets.json and every delegated role (TUF 4.5): what may be installed, and
 * who else may say so.
 */
#ifndef LIB_TUF_TARGETS_H
#define LIB_TUF_TARGETS_H

#include "lib/crypto/hash.h"
#include "lib/tuf/envelope.h"

#include <stdbool.h>

/* The size of a file bounds what is in it; these are far above what
 * repositories use (16384 are the bins of PEP 458) and keep one look-up
 * short. */
#define TUF_DELEGATIONS_MAX 16384
#define TUF_PATHS_MAX 4096
#define TUF_PREFIXES_MAX 4096
#define TUF_PATH_MAX 4096 /* bytes of a target path or pattern */

/* One delegation (TUF 4.5): exactly one of paths and hash prefixes. */
struct tuf_delegation {
	char name[TUF_ROLE_MAX];
	char (*keyids)[KEY_ID_SIZE];
	size_t n_keyids;
	int64_t threshold;
	bool terminating;
	char **paths; /* per-segment globs, "*" and "?" only */
	size_t n_paths;
	char **hash_prefixes;
	size_t n_hash_prefixes;
};

/* TAP 15 succinct roles: bins by the first bits of sha256(path). */
struct tuf_succinct {
	bool present;
	char (*keyids)[KEY_ID_SIZE];
	size_t n_keyids;
	int64_t threshold;
	int bit_length; /* 1 … 32 */
	char name_prefix[TUF_ROLE_MAX];
};

struct tuf_target {
	char *path;
	int64_t length;
	char sha256[SHA256_HEX_SIZE]; /* "" when not listed */
	char *sha512;                 /* hex; NULL when not listed */
	char *custom;                 /* canonical JSON object, or NULL */
	/* Lists an algorithm we do not know, so that TUF 5.7.2 ("matches the
	 * trusted metadata") can not be checked: kept, and never vouched
	 * for (trust.h). */
	bool unknown_hash;
};

struct tuf_targets {
	int64_t version;
	int64_t expires_s;
	struct tuf_target *targets; /* in byte order of paths */
	size_t n_targets;
	struct key_public *keys; /* of the delegations */
	size_t n_keys;
	struct tuf_delegation *roles;
	size_t n_roles;
	struct tuf_succinct succinct;
	bool has_delegations;
};

/* The role's name is for errors. Everything is copied. */
MUST_USE int tuf_targets_parse(struct tuf_targets *out, const char *role,
                               const struct tuf_envelope *env, struct err *e);
void tuf_delegation_fini(struct tuf_delegation *d);
void tuf_targets_fini(struct tuf_targets *t);
DEFINE_SCOPED_PLACE(tuf_targets_fini, struct tuf_targets)
/* What was written before an error stays in `out`. */
MUST_USE int tuf_targets_write(struct buf *out, const struct tuf_targets *t,
                               struct err *e);

const struct tuf_target *tuf_targets_find(const struct tuf_targets *t,
                                          const char *path);
/* The first place whose path is not before this one. */
size_t tuf_targets_place(const struct tuf_targets *t, const char *path);
const struct tuf_delegation *tuf_targets_role(const struct tuf_targets *t,
                                              const char *name);
struct tuf_quorum tuf_targets_quorum(const struct tuf_targets *t,
                                     const struct tuf_delegation *d);
/* Of all succinct bins. */
struct tuf_quorum tuf_succinct_quorum(const struct tuf_targets *t);

/* Building: copies. tuf_targets_put replaces an entry of the same path. */
void tuf_targets_put(struct tuf_targets *t, const char *path, int64_t length,
                     const char sha256[SHA256_HEX_SIZE], const char *custom);
bool tuf_targets_remove(struct tuf_targets *t, const char *path);
/* All at once, in n log n: takes the list over, which malloc() gave (NULL for
 * none), with all it holds. Of several with one path the last counts. */
void tuf_targets_put_all(struct tuf_targets *t, struct tuf_target *entries,
                         size_t n);
void tuf_target_fini(struct tuf_target *f);
/* A terminating delegation for these patterns, in the last place; the caller
 * adds keys. Borrowed until the next. */
struct tuf_delegation *tuf_targets_delegate(struct tuf_targets *t,
                                            const char *name, int64_t threshold,
                                            const char *const *paths,
                                            size_t n_paths);
/* Takes it away, with the keys no other delegation of t lists. */
bool tuf_targets_undelegate(struct tuf_targets *t, const char *name);
/* Bins instead of delegations by name (TAP 15). */
void tuf_targets_split(struct tuf_targets *t, const char *name_prefix,
                       int bit_length, int64_t threshold);
/* d is one of t's, or NULL for the succinct bins. */
void tuf_targets_add_key(struct tuf_targets *t, struct tuf_delegation *d,
                         const struct key_public *k);
/* Also from the file's keys when no role lists it any more. True when the role
 * had it. */
bool tuf_targets_remove_key(struct tuf_targets *t, struct tuf_delegation *d,
                            const char *keyid);

/* TUF 4.5 PATHPATTERN: "*" and "?" within one segment, case-sensitive. */
bool tuf_path_matches(const char *pattern, const char *path);
bool tuf_delegation_matches(const struct tuf_delegation *d, const char *path);
/* The bin's role name for a path. */
void tuf_succinct_bin(char out[TUF_ROLE_MAX], const struct tuf_succinct *s,
                      const char *path);
/* Whether the name is one of these bins, spelled as tuf_succinct_bin() does
 * (GHSA-77hh-43cm-v8j6). */
bool tuf_succinct_is_bin(const struct tuf_succinct *s, const char *name);

#endif
