/*
 * What ecdsa and rsa keys share: DER in a PEM, and OpenSSL doing the sums.
 * Used inside lib/crypto.
 */
#ifndef LIB_CRYPTO_KEY_EVP_H
#define LIB_CRYPTO_KEY_EVP_H

#include "lib/crypto/key_scheme.h"

#include <openssl/evp.h>

DEFINE_SCOPED(EVP_PKEY_free, EVP_PKEY *)
DEFINE_SCOPED(EVP_MD_CTX_free, EVP_MD_CTX *)
DEFINE_SCOPED(EVP_PKEY_CTX_free, EVP_PKEY_CTX *)

/* Reading a DER takes OpenSSL several times as long as a verification, so the
 * last few dozen keys stay read, for all threads. Once per process. */
void key_evp_init(void);

/* The public key of a DER, which must be the one OpenSSL would write; NULL
 * when it is none. */
EVP_PKEY *key_evp_public(const uint8_t *der, size_t n);
/* The caller frees. NULL when it is not among those that stay. */
EVP_PKEY *key_evp_kept(enum key_scheme s,
                       const uint8_t material[KEY_MATERIAL_SIZE]);
/* Only for one that passed every check of its type. */
void key_evp_keep(enum key_scheme s, const uint8_t material[KEY_MATERIAL_SIZE],
                  EVP_PKEY *pkey);
/* The key of one that was read before; the caller frees. */
EVP_PKEY *key_evp_of(const struct key_public *k);
/* The PEM of its public part; -1 when the library fails. */
MUST_USE int key_evp_text(char text[KEY_PUBLIC_TEXT_MAX], EVP_PKEY *pkey);

/* SHA-256 and a signature. `setup` may set more on the context (padding);
 * NULL: nothing. */
typedef int key_evp_setup_fn(EVP_PKEY_CTX *ctx);
bool key_evp_verify(EVP_PKEY *pkey, key_evp_setup_fn *setup, const void *sig,
                    size_t sig_len, const void *msg, size_t msg_len);
/* The same of a message whose SHA-256 is at hand. */
bool key_evp_verify_digest(EVP_PKEY *pkey, key_evp_setup_fn *setup,
                           const void *sig, size_t sig_len,
                           const uint8_t digest[32]);
size_t key_evp_sign(uint8_t sig[KEY_SIG_MAX], EVP_PKEY *pkey,
                    key_evp_setup_fn *setup, const void *msg, size_t msg_len);
/* For key_scheme_ops.unload. */
void key_evp_unload(struct key_secret *k);

#endif
