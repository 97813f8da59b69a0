/*
 * RSA signatures as other signers make them: our key_sign() has one form only.
 */
#ifndef TESTS_SUPPORT_RSA_SIGN_H
#define TESTS_SUPPORT_RSA_SIGN_H

#include "lib/tuf/envelope.h"

/* Of 2048 bits, which is quicker than ours of 3072; another in every run. */
struct key_secret *rsa_key_new(void);
/* tuf_sign() with a salt of this many bytes, of an rsa key. */
void rsa_sign(struct tuf_signature *out, const struct key_secret *k, int salt,
              const void *signed_bytes, size_t signed_len);

#endif
