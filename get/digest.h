/*
 * All hashes that a target lists, over one stream: each must match
 * (TUF 5.7.2).
 */
#ifndef GET_DIGEST_H
#define GET_DIGEST_H

#include "lib/crypto/hash.h"
#include "lib/tuf/targets.h"

struct digest {
	const struct tuf_target *target;
	struct hash *hashes[2]; /* by enum hash_alg; NULL: not listed */
};

/* The target must outlive it. */
void digest_init(struct digest *d, const struct tuf_target *t);
void digest_fini(struct digest *d);
DEFINE_SCOPED_PLACE(digest_fini, struct digest)

void digest_add(struct digest *d, const void *bytes, size_t n);
/* The next n bytes of a file; leaves its position behind them. */
MUST_USE int digest_add_file(struct digest *d, int fd, int64_t n,
                             const char *path, struct err *e);
/* ERR_UNTRUSTED, code "mismatch". Once. */
MUST_USE int digest_check(struct digest *d, struct err *e);

#endif
