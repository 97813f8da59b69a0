/*
 * Signing keys as TUF names them. A public key is a value; a secret key lives
 * in memory that is locked, fenced and wiped, and never leaves this folder as
 * bytes.
 *
 * ed25519 today. The scheme table in key.c is where ecdsa-sha2-nistp256 and
 * rsassa-pss-sha256 get their rows; no caller names a scheme.
 */
#ifndef LIB_CRYPTO_KEY_H
#define LIB_CRYPTO_KEY_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/rng.h"
#include "lib/json/js.h"
#include "lib/json/jw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_ID_SIZE 65          /* hex sha256 and its NUL */
#define KEY_SIG_MAX 1024        /* bytes of a signature, any scheme */
#define KEY_PUBLIC_TEXT_MAX 900 /* keyval.public: hex, or a PEM */

enum key_scheme { KEY_ED25519 };

struct key_public {
	enum key_scheme scheme;
	/* TUF 4.2: sha256 over the canonical form of the key object. */
	char id[KEY_ID_SIZE];
	/* keyval.public exactly as it is signed and hashed. */
	char text[KEY_PUBLIC_TEXT_MAX];
};

/* Once per process, before any other call in lib/crypto. */
void key_library_init(void);

/* Reads a TUF key object {keytype, scheme, keyval, …}. Recomputes the id over
 * the whole object and refuses one that differs from want_id (TUF 4.3).
 * An unknown keytype or scheme: code "unknown_key_type". */
MUST_USE int key_public_parse(struct key_public *out, const struct js_at *at,
                              const char *want_id, struct err *e);
/* Writes the key object, keys in canonical order. */
void key_public_write(struct jw *w, const struct key_public *k);
const char *key_scheme_name(enum key_scheme s);
bool key_public_equal(const struct key_public *a, const struct key_public *b);

/* True when sig is this key's signature over the message. Total: any bytes. */
bool key_verify(const struct key_public *k, const void *sig, size_t sig_len,
                const void *msg, size_t msg_len);

struct key_secret;
struct key_secret *key_secret_new(enum key_scheme s, struct rng *rng);
void key_secret_free(struct key_secret *k);
DEFINE_SCOPED(key_secret_free, struct key_secret *)
const struct key_public *key_secret_public(const struct key_secret *k);
/* sig holds KEY_SIG_MAX bytes; its length is returned. */
size_t key_sign(uint8_t *sig, const struct key_secret *k, const void *msg,
                size_t msg_len);

/* For secretfile.c alone: the seed a key is made of. */
#define KEY_SEED_SIZE 32
struct key_secret *key_secret_from_seed(enum key_scheme s,
                                        const uint8_t seed[KEY_SEED_SIZE]);
void key_secret_seed(uint8_t out[KEY_SEED_SIZE], const struct key_secret *k);

/* Constant-time wipe that the compiler keeps. */
void key_wipe(void *p, size_t n);

#endif
