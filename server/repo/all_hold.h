/*
 * The pre-signed all-hold set (trust.md, What the server must keep): what the
 * online keys would say if everything were on hold, signed beforehand with
 * each ordinary signing, one version above it. It is published only when the
 * signer fails: the brake needs no key.
 *
 * On disk it is one file, replaced whole, that holds the newest two: the one
 * over what is about to be published, and the one over what still is, so that
 * a crash between the two finds the one that fits.
 */
#ifndef SERVER_REPO_ALL_HOLD_H
#define SERVER_REPO_ALL_HOLD_H

#include "server/repo/online.h"

#define ALL_HOLD_SETS_MAX 2

/* Durable when it returns 0. NULLs among the sets are left out. */
MUST_USE int all_hold_write(const char *path, const struct online *const *sets,
                            size_t n, struct err *e);

/* The sets of the file that fit `set`, in its order: references for the
 * caller. One whose rules name other plans than the set has is left out. A
 * damaged file: ERR_IO, code "hold_corrupt"; ERR_NOT_FOUND without one. */
MUST_USE int all_hold_read(struct online *out[ALL_HOLD_SETS_MAX], size_t *n,
                           const char *path, struct set *set, struct err *e);
/* The same of bytes; `path` is for messages. */
MUST_USE int all_hold_parse(struct online *out[ALL_HOLD_SETS_MAX], size_t *n,
                            const char *path, const char *bytes, size_t len,
                            struct set *set, struct err *e);

/* Every version is at least that of `current`, and the timestamp's is above
 * it (or, with `or_same`, equal): clients that hold `current` follow. */
bool all_hold_is_above(const struct online *hold, const struct online *current,
                       bool or_same);

#endif
