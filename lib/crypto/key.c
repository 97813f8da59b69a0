#include "config.h"

#include "lib/crypto/key.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key_evp.h"
#include "lib/crypto/key_scheme.h"
#include "lib/json/canon.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct key_scheme_ops *const schemes[KEY_SCHEMES] = {
	[KEY_ED25519] = &key_ed25519_ops,
	[KEY_ECDSA_P256] = &key_ecdsa_ops,
	[KEY_RSA_PSS] = &key_rsa_ops,
};

void key_library_init(void)
{
	if (sodium_init() < 0) {
		log_error("libsodium does not start");
		abort();
	}
	key_evp_init();
}

const char *key_scheme_name(enum key_scheme s)
{
	return schemes[s]->name;
}

const char *key_scheme_type(enum key_scheme s)
{
	return schemes[s]->keytype;
}

/* The row whose keytype and scheme both match; -1 when none does. Older tools
 * have the scheme as keytype of an ecdsa key. */
static int find_scheme(const char *keytype, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(schemes[i]->name, name) == 0 &&
		    (strcmp(schemes[i]->keytype, keytype) == 0 ||
		     (i == KEY_ECDSA_P256 && strcmp(keytype, name) == 0)))
			return (int)i;
	return -1;
}

/* Keeps the canonical object and what it hashes to. */
static void set_object(struct key_public *k, const struct buf *canonical)
{
	assert(canonical->len < sizeof(k->object));
	memcpy(k->object, buf_str(canonical), canonical->len + 1);
	hash_sha256_hex(k->id, k->object, canonical->len);
}

static int read_text(struct key_public *out, enum key_scheme s,
                     const struct js_at *keyval, struct err *e)
{
	struct key_refusal refusal = {0};
	const char *text;

	if (js_get_str(&text, keyval, "public", KEY_PUBLIC_TEXT_MAX - 1, e) !=
	    0)
		return -1;
	if (schemes[s]->read(out->material, text, &refusal) != 0) {
		(void)js_refuse(keyval, e,
		                "is not a public key of type %s: it %s",
		                schemes[s]->keytype, refusal.why);
		if (e != NULL)
			(void)snprintf(e->code, sizeof(e->code), "%s",
			               refusal.code);
		return -1;
	}
	out->scheme = s;
	(void)snprintf(out->text, sizeof(out->text), "%s", text);
	return 0;
}

int key_public_parse(struct key_public *out, const struct js_at *at,
                     const char *want_id, struct err *e)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(KEY_OBJECT_MAX - 1);
	const char *keytype, *name;
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
	if (read_text(out, (enum key_scheme)row, &keyval, e) != 0)
		return -1;
	if (canon_write(&canonical, at, e) != 0) {
		err_context(e, "key %.16s", want_id);
		return -1;
	}
	set_object(out, &canonical);
	/* TUF 4.3: clients MUST calculate the key id and check it. */
	if (strcmp(out->id, want_id) == 0)
		return 0;
	(void)js_refuse(at, e, "the key id is %s, not the listed one", out->id);
	if (e != NULL)
		(void)snprintf(e->code, sizeof(e->code), "wrong_key_id");
	return -1;
}

void key_public_write(struct jw *w, const struct key_public *k)
{
	jw_canonical(w, k->object, strlen(k->object));
}

int key_public_compare(const struct key_public *a, const struct key_public *b)
{
	if (a->scheme != b->scheme)
		return a->scheme < b->scheme ? -1 : 1;
	return memcmp(a->material, b->material, sizeof(a->material));
}

bool key_public_equal(const struct key_public *a, const struct key_public *b)
{
	return key_public_compare(a, b) == 0;
}

bool key_verify(const struct key_public *k, const void *sig, size_t sig_len,
                const void *msg, size_t msg_len)
{
	return schemes[k->scheme]->verify(k, sig, sig_len, msg, msg_len);
}

enum key_oddity key_oddity(const struct key_public *k, const void *sig,
                           size_t sig_len, const uint8_t digest[32])
{
	const struct key_scheme_ops *s = schemes[k->scheme];

	return s->oddity != NULL ? s->oddity(k, sig, sig_len, digest)
	                         : KEY_NOT_ODD;
}

/* ---- Secret keys ---- */

/* The public half of a key of ours: the three fields TUF has. */
static int describe(struct key_public *k, enum key_scheme s, const char *text)
{
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(KEY_OBJECT_MAX - 1);
	struct key_refusal refusal;
	struct jw w;

	k->scheme = s;
	(void)snprintf(k->text, sizeof(k->text), "%s", text);
	jw_init_canonical(&w, &canonical);
	jw_object(&w);
	jw_put_str(&w, "keytype", schemes[s]->keytype);
	jw_key(&w, "keyval");
	jw_object(&w);
	jw_put_str(&w, "public", text);
	jw_end_object(&w);
	jw_put_str(&w, "scheme", schemes[s]->name);
	jw_end_object(&w);
	if (buf_failed(&canonical) ||
	    schemes[s]->read(k->material, text, &refusal) != 0)
		return -1;
	set_object(k, &canonical);
	return 0;
}

struct key_secret *key_secret_load(enum key_scheme s, const uint8_t *bytes,
                                   size_t n)
{
	struct key_secret *k;
	char text[KEY_PUBLIC_TEXT_MAX];

	if (n > KEY_STORED_MAX)
		return NULL;
	k = sodium_malloc(sizeof(*k));
	if (k == NULL) {
		log_error("no locked memory for a key; see RLIMIT_MEMLOCK");
		abort();
	}
	memset(k, 0, sizeof(*k));
	memcpy(k->stored, bytes, n);
	k->stored_len = n;
	k->public.scheme = s;
	if (schemes[s]->load(k, text) != 0) {
		sodium_free(k);
		return NULL;
	}
	if (describe(&k->public, s, text) != 0) {
		key_secret_free(k);
		return NULL;
	}
	(void)sodium_mprotect_readonly(k);
	return k;
}

struct key_secret *key_secret_from_seed(enum key_scheme s,
                                        const uint8_t seed[KEY_SEED_SIZE])
{
	return key_secret_load(s, seed, KEY_SEED_SIZE);
}

struct key_secret *key_secret_new(enum key_scheme s, struct rng *rng)
{
	uint8_t bytes[KEY_STORED_MAX];
	size_t n = schemes[s]->generate(bytes, rng);
	struct key_secret *k = key_secret_load(s, bytes, n);

	key_wipe(bytes, sizeof(bytes));
	if (k == NULL) {
		log_error("a new %s key can not be made", schemes[s]->keytype);
		abort();
	}
	return k;
}

void key_secret_free(struct key_secret *k)
{
	if (k == NULL)
		return;
	schemes[k->public.scheme]->unload(k);
	sodium_free(k); /* wipes */
}

const struct key_public *key_secret_public(const struct key_secret *k)
{
	return &k->public;
}

size_t key_sign(uint8_t *sig, const struct key_secret *k, const void *msg,
                size_t msg_len)
{
	size_t n = schemes[k->public.scheme]->sign(sig, k, msg, msg_len);

	if (n == 0) {
		log_error("key %.16s can not sign", k->public.id);
		abort();
	}
	return n;
}

size_t key_secret_store(uint8_t out[KEY_STORED_MAX], const struct key_secret *k)
{
	memcpy(out, k->stored, k->stored_len);
	return k->stored_len;
}

void key_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}
