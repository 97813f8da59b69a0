/*
 * A type of key, as key.c sees it. Used inside lib/crypto.
 */
#ifndef LIB_CRYPTO_KEY_SCHEME_H
#define LIB_CRYPTO_KEY_SCHEME_H

#include "lib/crypto/key.h"

struct key_secret {
	struct key_public public;
	uint8_t stored[KEY_STORED_MAX];
	size_t stored_len;
	void *handle; /* what signs: the type's own */
};

/* Why a public part is refused. */
struct key_refusal {
	const char *code;
	const char *why;
};

struct key_scheme_ops {
	const char *keytype;
	const char *name;
	/* keyval.public → material. */
	int (*read)(uint8_t material[KEY_MATERIAL_SIZE], const char *text,
	            struct key_refusal *refusal);
	/* Total: any bytes. */
	bool (*verify)(const struct key_public *k, const void *sig,
	               size_t sig_len, const void *msg, size_t msg_len);
	/* key_oddity(); NULL: signatures have one form. */
	enum key_oddity (*oddity)(const struct key_public *k, const void *sig,
	                          size_t sig_len, const uint8_t digest[32]);
	/* Random bytes, or DER, that load() takes. Returns how many. */
	size_t (*generate)(uint8_t out[KEY_STORED_MAX], struct rng *rng);
	/* Makes k->handle of k->stored, and the text of the public part. -1
	 * when it is no key; then there is nothing to free. */
	int (*load)(struct key_secret *k, char text[KEY_PUBLIC_TEXT_MAX]);
	void (*unload)(struct key_secret *k);
	/* 0: the library failed. */
	size_t (*sign)(uint8_t sig[KEY_SIG_MAX], const struct key_secret *k,
	               const void *msg, size_t msg_len);
};

extern const struct key_scheme_ops key_ed25519_ops, key_ecdsa_ops, key_rsa_ops;

#endif
