/*
 * ed25519 (RFC 8032): 32 bytes in hex, by libsodium.
 */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/crypto/key_scheme.h"

#include <sodium.h>
#include <string.h>

static int read_text(uint8_t material[KEY_MATERIAL_SIZE], const char *text,
                     struct key_refusal *refusal)
{
	if (hex_decode(material, crypto_sign_PUBLICKEYBYTES, text) == 0)
		return 0;
	*refusal = (struct key_refusal){"bad_key", "is not 64 hex digits"};
	return -1;
}

static bool verify(const struct key_public *k, const void *sig, size_t sig_len,
                   const void *msg, size_t msg_len)
{
	return sig_len == crypto_sign_BYTES &&
	       crypto_sign_verify_detached(sig, msg, msg_len, k->material) == 0;
}

static size_t generate(uint8_t out[KEY_STORED_MAX], struct rng *rng)
{
	rng_fill(rng, out, KEY_SEED_SIZE);
	return KEY_SEED_SIZE;
}

static int load(struct key_secret *k, char text[KEY_PUBLIC_TEXT_MAX])
{
	uint8_t pk[crypto_sign_PUBLICKEYBYTES];

	if (k->stored_len != KEY_SEED_SIZE)
		return -1;
	k->handle = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (k->handle == NULL)
		return -1;
	(void)crypto_sign_seed_keypair(pk, k->handle, k->stored);
	hex_encode(text, pk, sizeof(pk));
	return 0;
}

static void unload(struct key_secret *k)
{
	sodium_free(k->handle); /* wipes */
}

static size_t sign(uint8_t sig[KEY_SIG_MAX], const struct key_secret *k,
                   const void *msg, size_t msg_len)
{
	(void)crypto_sign_detached(sig, NULL, msg, msg_len, k->handle);
	return crypto_sign_BYTES;
}

const struct key_scheme_ops key_ed25519_ops = {
	.keytype = "ed25519",
	.name = "ed25519",
	.read = read_text,
	.verify = verify,
	.generate = generate,
	.load = load,
	.unload = unload,
	.sign = sign,
};
