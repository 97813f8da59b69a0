/*
 * By whom a document was found to be signed, remembered: neither its bytes nor
 * what their signatures are worth to these keys can change, so a yes stays a
 * yes. A no is asked again. pawl-repo's role files and every document that
 * played clients share remember through this and nothing else.
 *
 * The owner sees to it that it stays with its bytes. One thread at a time.
 */
#ifndef LIB_TUF_VOUCHED_H
#define LIB_TUF_VOUCHED_H

#include "lib/crypto/hash.h"
#include "lib/tuf/envelope.h"

/* A root is asked for its own keys and for those of the one before it. */
#define TUF_VOUCHED_MAX 2

/* Zeroed: by nobody yet. */
struct tuf_vouched {
	/* Names of quorums: their keys, ids and threshold, hashed. */
	char by[TUF_VOUCHED_MAX][SHA256_HEX_SIZE];
	unsigned n; /* remembered so far; the oldest gives way */
};

/* Was this quorum met before? */
bool tuf_vouched_has(const struct tuf_vouched *v, const struct tuf_quorum *q);
/* tuf_quorum_check() of the envelope whose bytes these are, whose yes is
 * remembered. */
MUST_USE int tuf_vouched_check(struct tuf_vouched *v,
                               const struct tuf_quorum *q,
                               const struct tuf_envelope *env, struct err *e);

#endif
