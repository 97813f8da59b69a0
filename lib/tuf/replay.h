/*
 * The history of a repository, replayed: from root 1 to now, every version of
 * every role is given once, and each must verify with keys that the files of
 * its time give the role. What nobody could have signed then was put there
 * later.
 *
 *	replay_root() for 1, 2, … in order: each by its own keys and by those
 *	of the root before it (TUF 5.3);
 *	replay_role() for top-level roles: by the keys of some root;
 *	replay_role() for delegated ones, delegators first: by the keys of
 *	some version of their delegator;
 *	replay_seen() everything a second source has: other bytes for the same
 *	role and version are a version that was issued twice.
 *
 * Expiry is not looked at: what is old has expired. Pure. The files of an
 * offline folder and of a server's database are held to the same.
 */
#ifndef LIB_TUF_REPLAY_H
#define LIB_TUF_REPLAY_H

#include "lib/tuf/root.h"
#include "lib/tuf/targets.h"

struct replay;

struct replay_counts {
	size_t versions; /* that verify */
	size_t roles;    /* they are of */
	int64_t root;    /* the newest */
};

struct replay *replay_new(void);
void replay_free(struct replay *r);
DEFINE_SCOPED(replay_free, struct replay *)

/* The next root. ERR_UNTRUSTED: "threshold", or "version" when one is left
 * out; "wrong_repo" when its repository identity is another. */
MUST_USE int replay_root(struct replay *r, const void *bytes, size_t len,
                         struct err *e);
/* One version of another role, in rising order for each role. Codes
 * "threshold", "version" (inside another than given, or not rising),
 * "unknown_role" when nobody ever delegated to it, "reissued". */
MUST_USE int replay_role(struct replay *r, const char *role, int64_t version,
                         const void *bytes, size_t len, struct err *e);
/* The same version from another place: fine when it was not given before or
 * has the same bytes, else "reissued". */
MUST_USE int replay_seen(const struct replay *r, const char *role,
                         int64_t version, const void *bytes, size_t len,
                         struct err *e);
/* The snapshots list only versions that were given: code "missing". After
 * all others. When none was given at all: ERR_NOT_FOUND, code
 * "nothing_published". */
MUST_USE int replay_end(const struct replay *r, struct replay_counts *out,
                        struct err *e);
/* Roles that given files delegate to, in the order met; NULL after the last.
 * Grows while roles are given. */
const char *replay_delegated(const struct replay *r, size_t i);

#endif
