#include "config.h"

#include "tests/support/rsa_sign.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool good)
{
	if (good)
		return;
	fprintf(stderr, "rsa_sign: OpenSSL refuses\n");
	abort();
}

struct key_secret *rsa_key_new(void)
{
	uint8_t stored[KEY_STORED_MAX], *p = stored;
	EVP_PKEY *pkey = EVP_RSA_gen(2048);
	struct key_secret *k = NULL;
	int n = i2d_PrivateKey(pkey, &p);

	must(n > 0);
	k = key_secret_load(KEY_RSA_PSS, stored, (size_t)n);
	must(k != NULL);
	EVP_PKEY_free(pkey);
	return k;
}

void rsa_sign(struct tuf_signature *out, const struct key_secret *k, int salt,
              const void *signed_bytes, size_t signed_len)
{
	uint8_t stored[KEY_STORED_MAX];
	const uint8_t *p = stored;
	size_t n = key_secret_store(stored, k);
	EVP_PKEY *pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *more = NULL;

	*out = (struct tuf_signature){.len = sizeof(out->sig)};
	(void)snprintf(out->keyid, sizeof(out->keyid), "%s",
	               key_secret_public(k)->id);
	must(EVP_DigestSignInit(ctx, &more, EVP_sha256(), NULL, pkey) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(more, RSA_PKCS1_PSS_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(more, salt) == 1 &&
	     EVP_DigestSign(ctx, out->sig, &out->len, signed_bytes,
	                    signed_len) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}
