/*
 * drafts.json: what became of version numbers. A number under which a draft
 * left this folder, or was signed, and that was given up is burned: it is
 * never used for other bytes, because somewhere a signature over the first
 * bytes may exist. Root versions cannot be left out (TUF 5.3.5), so of given
 * up roots the bytes themselves are remembered.
 *
 * The file says nothing to clients and is signed by nobody; it keeps honest
 * people from a mistake, and travels with drafts.
 */
#ifndef REPO_TOOLS_FOLDER_DRAFTS_H
#define REPO_TOOLS_FOLDER_DRAFTS_H

#include "lib/base/strmap.h"
#include "lib/crypto/hash.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdint.h>

#define DRAFTS_ROOTS_MAX 256 /* of one version nobody gives up */
/* Another's word fills the list no further, for anybody can make it up: the
 * rest is for roots that are given up here. */
#define DRAFTS_ROOTS_TOLD_MAX (DRAFTS_ROOTS_MAX / 2)

struct drafts {
	char *path;
	struct strmap burned;   /* role → highest number given up */
	struct strmap exported; /* role → number that left as a draft */
	char (*roots)[SHA256_HEX_SIZE]; /* of signed bytes, given up */
	size_t n_roots;
};

/* A file that is not there says nothing. */
MUST_USE int drafts_read(struct drafts *d, const char *path, struct err *e);
MUST_USE int drafts_write(const struct drafts *d, struct err *e);
void drafts_fini(struct drafts *d);

/* 0: none. */
int64_t drafts_burned(const struct drafts *d, const char *role);
int64_t drafts_exported(const struct drafts *d, const char *role);
bool drafts_is_dropped_root(const struct drafts *d, const char *sha256);

/* Never lowers a number. drafts_write() keeps it. */
void drafts_burn(struct drafts *d, const char *role, int64_t version);
void drafts_export(struct drafts *d, const char *role, int64_t version);
/* ERR_TOO_LARGE when there is no room: none is forgotten for another. */
MUST_USE int drafts_drop_root(struct drafts *d, const char *sha256,
                              struct err *e);
/* Would it fail? */
MUST_USE int drafts_check_room(const struct drafts *d, const char *sha256,
                               struct err *e);
/* Another root is complete: they would have been its version. */
void drafts_forget_roots(struct drafts *d);

/* Adds what another knows, of its roots those there is room for
 * (DRAFTS_ROOTS_TOLD_MAX). */
void drafts_merge(struct drafts *d, const struct drafts *other);
/* No number of `other` is far above what is known to be used, `version_of`:
 * somebody who makes up numbers would lock a role for ever. That gives 0 for a
 * role that is not there. Code "bad_numbers". */
typedef int64_t drafts_version_fn(const void *ctx, const char *role);
MUST_USE int drafts_check(const struct drafts *other,
                          drafts_version_fn *version_of, const void *ctx,
                          struct err *e);

/* The members "burned", "exported" and "dropped_roots", as the file and a
 * bundle have them. Reading adds to what d knows. */
void drafts_put(struct jw *w, const struct drafts *d);
MUST_USE int drafts_take(struct drafts *d, const struct js_at *obj,
                         struct err *e);

#endif
