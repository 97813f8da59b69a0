/*
 * Signing keys as TUF names them. A public key is a value; a secret key lives
 * in memory that is locked, fenced and wiped, and never leaves this folder as
 * bytes.
 *
 * The types are rows of the table in key.c, one file each; no caller needs to
 * know which one a key is of. What OpenSSL needs to sign with an ecdsa or rsa
 * key it keeps in memory of its own, wiped when it is freed.
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

#define KEY_ID_SIZE 65   /* hex sha256 and its NUL */
#define KEY_SIG_MAX 1024 /* bytes of a signature: rsa of 8192 bits */
/* keyval.public with its NUL: hex, or the PEM of an rsa key of 8192 bits. */
#define KEY_PUBLIC_TEXT_MAX 1600
/* A whole key object in canonical form, with its NUL. */
#define KEY_OBJECT_MAX 2048
#define KEY_MATERIAL_SIZE 32

enum key_scheme {
	KEY_ED25519,
	KEY_ECDSA_P256, /* ecdsa-sha2-nistp256 */
	KEY_RSA_PSS,    /* rsassa-pss-sha256 */
};
#define KEY_SCHEMES 3

struct key_public {
	enum key_scheme scheme;
	/* TUF 4.2: sha256 over the canonical form of the key object. */
	char id[KEY_ID_SIZE];
	/* What makes it this key, however it is spelled: an ed25519 key
	 * itself, else the sha256 of its DER. */
	uint8_t material[KEY_MATERIAL_SIZE];
	/* keyval.public: 64 hex digits, or a PEM as it was spelled. */
	char text[KEY_PUBLIC_TEXT_MAX];
	/* The canonical key object exactly as it is hashed: fields that we do
	 * not know stay in it. */
	char object[KEY_OBJECT_MAX];
};

/* Once per process, before any other call in lib/crypto. */
void key_library_init(void);

/* Reads a TUF key object {keytype, scheme, keyval, …}. Recomputes the id over
 * the whole object and refuses one that differs from want_id (TUF 4.3):
 * code "wrong_key_id".
 * An unknown keytype or scheme: code "unknown_key_type". A public part that
 * is none: "bad_key"; of another kind or curve: "wrong_key_kind"; rsa below
 * 2048 bits: "weak_key", above 8192: "large_key". */
MUST_USE int key_public_parse(struct key_public *out, const struct js_at *at,
                              const char *want_id, struct err *e);
/* Writes the key object as it was read, keys in canonical order. */
void key_public_write(struct jw *w, const struct key_public *k);
/* "rsassa-pss-sha256", and the word of key files and commands: "rsa". */
const char *key_scheme_name(enum key_scheme s);
const char *key_scheme_type(enum key_scheme s);
/* The same key, whatever its id and its spelling. */
bool key_public_equal(const struct key_public *a, const struct key_public *b);
/* An order in which equal keys are neighbours. */
int key_public_compare(const struct key_public *a, const struct key_public *b);

/* True when sig is this key's signature over the message. Total: any bytes. */
bool key_verify(const struct key_public *k, const void *sig, size_t sig_len,
                const void *msg, size_t msg_len);

/* What we take in a signature, as others make them, and not every client does.
 * Only rsa signatures have it. */
enum key_oddity {
	KEY_NOT_ODD, /* or no signature of this key */
	KEY_SHORT,   /* than the modulus: zeros in front were cut off */
	KEY_SALTED,  /* with a salt that is not as long as the digest */
};

/* digest: the SHA-256 of the message. Total: any bytes. */
enum key_oddity key_oddity(const struct key_public *k, const void *sig,
                           size_t sig_len, const uint8_t digest[32]);

struct key_secret;
/* rsa keys have 3072 bits, and come from OpenSSL's own random numbers. */
struct key_secret *key_secret_new(enum key_scheme s, struct rng *rng);
void key_secret_free(struct key_secret *k);
DEFINE_SCOPED(key_secret_free, struct key_secret *)
const struct key_public *key_secret_public(const struct key_secret *k);
/* sig holds KEY_SIG_MAX bytes; its length is returned. */
size_t key_sign(uint8_t *sig, const struct key_secret *k, const void *msg,
                size_t msg_len);

/* Of a type that is made of a seed: ed25519, and ecdsa, whose seed is the
 * private number. NULL when no key comes of it. */
#define KEY_SEED_SIZE 32
struct key_secret *key_secret_from_seed(enum key_scheme s,
                                        const uint8_t seed[KEY_SEED_SIZE]);

/* For secretfile.c alone: what a key is stored as. A seed, or the DER of an
 * rsa key of at most 4096 bits (PKCS #1). NULL when it is none. */
#define KEY_STORED_MAX 2560
struct key_secret *key_secret_load(enum key_scheme s, const uint8_t *bytes,
                                   size_t n);
/* Returns how many bytes it wrote to out. */
size_t key_secret_store(uint8_t out[KEY_STORED_MAX],
                        const struct key_secret *k);

/* Constant-time wipe that the compiler keeps. */
void key_wipe(void *p, size_t n);

#endif
