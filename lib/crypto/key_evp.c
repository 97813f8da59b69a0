#include "config.h"

#include "lib/crypto/key_evp.h"

#include "lib/base/lock.h"
#include "lib/crypto/key_pem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

/* By the first byte of their material, which is a hash. */
#define KEPT 64

static struct kept {
	enum key_scheme scheme;
	uint8_t material[KEY_MATERIAL_SIZE];
	EVP_PKEY *pkey; /* NULL: free */
} kept[KEPT];
static struct lock kept_lock;

void key_evp_init(void)
{
	static bool done;

	if (!done)
		lock_init(&kept_lock, LOCK_RANK_LEAF, "read keys");
	done = true;
}

EVP_PKEY *key_evp_kept(enum key_scheme s,
                       const uint8_t material[KEY_MATERIAL_SIZE])
{
	struct kept *at = &kept[material[0] % KEPT];
	EVP_PKEY *pkey = NULL;

	lock_take(&kept_lock);
	if (at->pkey != NULL && at->scheme == s &&
	    memcmp(at->material, material, KEY_MATERIAL_SIZE) == 0 &&
	    EVP_PKEY_up_ref(at->pkey) == 1)
		pkey = at->pkey;
	lock_drop(&kept_lock);
	return pkey;
}

void key_evp_keep(enum key_scheme s, const uint8_t material[KEY_MATERIAL_SIZE],
                  EVP_PKEY *pkey)
{
	struct kept *at = &kept[material[0] % KEPT];
	EVP_PKEY *old;

	if (EVP_PKEY_up_ref(pkey) != 1)
		return;
	lock_take(&kept_lock);
	old = at->pkey;
	at->scheme = s;
	memcpy(at->material, material, KEY_MATERIAL_SIZE);
	at->pkey = pkey;
	lock_drop(&kept_lock);
	EVP_PKEY_free(old);
}

EVP_PKEY *key_evp_public(const uint8_t *der, size_t n)
{
	const uint8_t *p = der;
	uint8_t *again = NULL;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)n);
	int len = pkey != NULL ? i2d_PUBKEY(pkey, &again) : -1;
	/* BER, trailing bytes, odd parameters: all would come out otherwise. */
	bool same = len > 0 && (size_t)len == n && memcmp(again, der, n) == 0;

	OPENSSL_free(again);
	ERR_clear_error();
	if (same)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

EVP_PKEY *key_evp_of(const struct key_public *k)
{
	EVP_PKEY *pkey = key_evp_kept(k->scheme, k->material);
	uint8_t der[KEY_DER_MAX];
	const uint8_t *p = der;
	size_t n;

	if (pkey != NULL)
		return pkey;
	n = key_pem_decode(der, k->text);
	pkey = n > 0 ? d2i_PUBKEY(NULL, &p, (long)n) : NULL;
	ERR_clear_error();
	if (pkey != NULL)
		key_evp_keep(k->scheme, k->material, pkey);
	return pkey;
}

int key_evp_text(char text[KEY_PUBLIC_TEXT_MAX], EVP_PKEY *pkey)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);

	if (len > 0 && len <= 1100)
		key_pem_encode(text, der, (size_t)len);
	OPENSSL_free(der);
	ERR_clear_error();
	return len > 0 && len <= 1100 ? 0 : -1;
}

bool key_evp_verify(EVP_PKEY *pkey, key_evp_setup_fn *setup, const void *sig,
                    size_t sig_len, const void *msg, size_t msg_len)
{
	SCOPED(EVP_MD_CTX_free)
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *more = NULL;
	bool good = ctx != NULL && pkey != NULL &&
	            EVP_DigestVerifyInit(ctx, &more, EVP_sha256(), NULL,
	                                 pkey) == 1 &&
	            (setup == NULL || setup(more) == 0) &&
	            EVP_DigestVerify(ctx, sig, sig_len, msg, msg_len) == 1;

	ERR_clear_error();
	return good;
}

bool key_evp_verify_digest(EVP_PKEY *pkey, key_evp_setup_fn *setup,
                           const void *sig, size_t sig_len,
                           const uint8_t digest[32])
{
	SCOPED(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = pkey != NULL ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
	bool good = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	            setup(ctx) == 0 &&
	            EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	            EVP_PKEY_verify(ctx, sig, sig_len, digest, 32) == 1;

	ERR_clear_error();
	return good;
}

size_t key_evp_sign(uint8_t sig[KEY_SIG_MAX], EVP_PKEY *pkey,
                    key_evp_setup_fn *setup, const void *msg, size_t msg_len)
{
	SCOPED(EVP_MD_CTX_free)
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *more = NULL;
	size_t len = KEY_SIG_MAX;
	bool good =
		ctx != NULL &&
		EVP_DigestSignInit(ctx, &more, EVP_sha256(), NULL, pkey) == 1 &&
		(setup == NULL || setup(more) == 0) &&
		EVP_DigestSign(ctx, sig, &len, msg, msg_len) == 1;

	ERR_clear_error();
	return good ? len : 0;
}

void key_evp_unload(struct key_secret *k)
{
	EVP_PKEY_free(k->handle); /* wipes its private numbers */
}
