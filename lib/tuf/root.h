/*
 * root.json (TUF 4.3): the keys, and which of them speak for the four
 * top-level roles.
 */
#ifndef LIB_TUF_ROOT_H
#define LIB_TUF_ROOT_H

#include "lib/tuf/envelope.h"

#include <stdbool.h>

struct tuf_role_keys {
	char (*keyids)[KEY_ID_SIZE];
	size_t n_keyids;
	int64_t threshold;
};

struct tuf_root {
	int64_t version;
	int64_t expires_s;
	bool consistent_snapshot;
	struct key_public *keys;
	size_t n_keys;
	struct tuf_role_keys roles[4]; /* by enum tuf_type */
	/* "pawl_repo": 128 random bits in hex, our repository identity; "" in
	 * other people's repositories. */
	char repo[33];
};

/* From a parsed envelope; everything is copied. */
MUST_USE int tuf_root_parse(struct tuf_root *out,
                            const struct tuf_envelope *env, struct err *e);
void tuf_root_fini(struct tuf_root *r);
DEFINE_SCOPED_PLACE(tuf_root_fini, struct tuf_root)
/* Canonical "signed" bytes. */
MUST_USE int tuf_root_write(struct buf *out, const struct tuf_root *r,
                            struct err *e);
struct tuf_quorum tuf_root_quorum(const struct tuf_root *r, enum tuf_type t);

/* Building: copies; adds the key to the file's keys when it is not there. */
void tuf_root_add_key(struct tuf_root *r, enum tuf_type role,
                      const struct key_public *k);
/* Also from the file's keys when no role lists it any more. True when the role
 * had it. */
bool tuf_root_remove_key(struct tuf_root *r, enum tuf_type role,
                         const char *keyid);

#endif
