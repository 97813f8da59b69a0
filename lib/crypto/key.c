#include "config.h"

#include "lib/crypto/key.h"

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/json/canon.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key_secret {
	struct key_public public;
	uint8_t seed[KEY_SEED_SIZE];
	uint8_t signer[crypto_sign_SECRETKEYBYTES];
};

static bool ed25519_verify(const struct key_public *k, const void *sig,
                           size_t sig_len, const void *msg, size_t msg_len)
{
	uint8_t pk[crypto_sign_PUBLICKEYBYTES];

	return sig_len == crypto_sign_BYTES &&
	       hex_decode(pk, sizeof(pk), k->text) == 0 &&
	       crypto_sign_verify_detached(sig, msg, msg_len, pk) == 0;
}

static bool ed25519_text_ok(const char *text)
{
	return is_hex(text, 2 * crypto_sign_PUBLICKEYBYTES);
}

struct scheme {
	const char *keytype;
	const char *name;
	bool (*text_ok)(const char *text);
	bool (*verify)(const struct key_public *k, const void *sig,
	               size_t sig_len, const void *msg, size_t msg_len);
};

static const struct scheme schemes[] = {
	[KEY_ED25519] = {"ed25519", "ed25519", ed25519_text_ok, ed25519_verify},
};

void key_library_init(void)
{
	if (sodium_init() < 0) {
		log_error("libsodium does not start");
		abort();
	}
}

const char *key_scheme_name(enum key_scheme s)
{
	return schemes[s].name;
}

static void id_of(char out[KEY_ID_SIZE], const struct buf *canonical)
{
	hash_sha256_hex(out, buf_str(canonical), canonical->len);
}

/* The row whose keytype and scheme both match; -1 when none does. */
static int find_scheme(const char *keytype, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(schemes[i].keytype, keytype) == 0 &&
		    strcmp(schemes[i].name, name) == 0)
			return (int)i;
	return -1;
}

int key_public_parse(struct key_public *out, const struct js_at *at,
                     const char *want_id, struct err *e)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(8192);
	const char *keytype, *name, *text;
	struct js_at keyval;
	int row;

	if (js_get_str(&keytype, at, "keytype", 64, e) != 0 ||
	    js_get_str(&name, at, "scheme", 64, e) != 0 ||
	    js_get(&keyval, at, "keyval", e) != 0)
		return -1;
	row = find_scheme(keytype, name);
	if (row < 0)
		return err_code(e, ERR_INVALID, "unknown_key_type",
		                "%s: key %.16s: keytype '%s' with scheme '%s' "
		                "is not supported",
		                at->doc->name, want_id, keytype, name);
	if (js_get_str(&text, &keyval, "public", KEY_PUBLIC_TEXT_MAX - 1, e) !=
	    0)
		return -1;
	if (!schemes[row].text_ok(text))
		return js_refuse(&keyval, e, "is not a public key of type %s",
		                 keytype);
	if (canon_write(&canonical, at, e) != 0)
		return -1;
	out->scheme = (enum key_scheme)row;
	(void)snprintf(out->text, sizeof(out->text), "%s", text);
	id_of(out->id, &canonical);
	/* TUF 4.3: clients MUST calculate the key id and check it. */
	if (strcmp(out->id, want_id) != 0)
		return js_refuse(at, e, "the key id is %s, not the listed one",
		                 out->id);
	return 0;
}

void key_public_write(struct jw *w, const struct key_public *k)
{
	jw_object(w);
	jw_put_str(w, "keytype", schemes[k->scheme].keytype);
	jw_key(w, "keyval");
	jw_object(w);
	jw_put_str(w, "public", k->text);
	jw_end_object(w);
	jw_put_str(w, "scheme", schemes[k->scheme].name);
	jw_end_object(w);
}

bool key_public_equal(const struct key_public *a, const struct key_public *b)
{
	return a->scheme == b->scheme && strcmp(a->text, b->text) == 0;
}

bool key_verify(const struct key_public *k, const void *sig, size_t sig_len,
                const void *msg, size_t msg_len)
{
	return schemes[k->scheme].verify(k, sig, sig_len, msg, msg_len);
}

struct key_secret *key_secret_from_seed(enum key_scheme s,
                                        const uint8_t seed[KEY_SEED_SIZE])
{
	struct key_secret *k = sodium_malloc(sizeof(*k));
	uint8_t pk[crypto_sign_PUBLICKEYBYTES];
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(4096);
	struct jw w;

	if (k == NULL) {
		log_error("no locked memory for a key; see RLIMIT_MEMLOCK");
		abort();
	}
	memcpy(k->seed, seed, KEY_SEED_SIZE);
	(void)crypto_sign_seed_keypair(pk, k->signer, seed);
	k->public.scheme = s;
	hex_encode(k->public.text, pk, sizeof(pk));
	jw_init_canonical(&w, &canonical);
	key_public_write(&w, &k->public);
	id_of(k->public.id, &canonical);
	(void)sodium_mprotect_readonly(k);
	return k;
}

struct key_secret *key_secret_new(enum key_scheme s, struct rng *rng)
{
	uint8_t seed[KEY_SEED_SIZE];
	struct key_secret *k;

	rng_fill(rng, seed, sizeof(seed));
	k = key_secret_from_seed(s, seed);
	key_wipe(seed, sizeof(seed));
	return k;
}

void key_secret_free(struct key_secret *k)
{
	sodium_free(k); /* wipes; NULL is fine */
}

const struct key_public *key_secret_public(const struct key_secret *k)
{
	return &k->public;
}

size_t key_sign(uint8_t *sig, const struct key_secret *k, const void *msg,
                size_t msg_len)
{
	(void)crypto_sign_detached(sig, NULL, msg, msg_len, k->signer);
	return crypto_sign_BYTES;
}

void key_secret_seed(uint8_t out[KEY_SEED_SIZE], const struct key_secret *k)
{
	memcpy(out, k->seed, KEY_SEED_SIZE);
}

void key_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}
