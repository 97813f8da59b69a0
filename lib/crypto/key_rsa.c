/*
 * rsassa-pss-sha256: RSA with PSS, MGF1 and SHA-256. We sign with a salt of 32
 * bytes, because tough verifies no other, and verify with any, because others
 * sign with the longest. oddity() tells what some clients do not take, for
 * those who publish (lib/lint).
 */
#include "config.h"

#include "lib/crypto/hash.h"
#include "lib/crypto/key_evp.h"
#include "lib/crypto/key_pem.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define BITS_MIN 2048
#define BITS_MAX 8192
/* Ours: as strong as P-256 and ed25519. */
#define BITS_NEW 3072

DEFINE_SCOPED(BN_free, BIGNUM *)

/* Odd, above 1 and below 2^31: Go reads no larger one, and a huge one would
 * make each verification slow. */
static bool exponent_ok(EVP_PKEY *pkey)
{
	SCOPED(BN_free)
	BIGNUM *e = NULL;

	return EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	       BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) < 32;
}

static struct key_refusal refusal_of(EVP_PKEY *pkey)
{
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
		return (struct key_refusal){"wrong_key_kind",
		                            "is not an rsa key"};
	if (EVP_PKEY_get_bits(pkey) < BITS_MIN)
		return (struct key_refusal){
			"weak_key", "has less than the 2048 bits needed"};
	if (EVP_PKEY_get_bits(pkey) > BITS_MAX)
		return (struct key_refusal){"large_key",
		                            "has more than 8192 bits"};
	if (!exponent_ok(pkey))
		return (struct key_refusal){
			"weak_key",
			"has an exponent that is not odd, above 1 and below "
			"2^31"};
	return (struct key_refusal){NULL, NULL};
}

static int read_text(uint8_t material[KEY_MATERIAL_SIZE], const char *text,
                     struct key_refusal *refusal)
{
	uint8_t der[KEY_DER_MAX];
	size_t n = key_pem_decode(der, text);
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = NULL;

	hash_sha256(material, der, n);
	pkey = n > 0 ? key_evp_kept(KEY_RSA_PSS, material) : NULL;
	if (pkey != NULL)
		return 0;
	pkey = n > 0 ? key_evp_public(der, n) : NULL;
	*refusal = (struct key_refusal){"bad_key",
	                                "is not the PEM of a public key"};
	if (pkey == NULL)
		return -1;
	*refusal = refusal_of(pkey);
	if (refusal->code != NULL)
		return -1;
	key_evp_keep(KEY_RSA_PSS, material, pkey);
	return 0;
}

static int set_pss(EVP_PKEY_CTX *ctx, int salt)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	                       EVP_PKEY_CTX_set_rsa_mgf1_md(
				       ctx, EVP_sha256()) == 1 &&
	                       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt) == 1
	               ? 0
	               : -1;
}

static int setup_verify(EVP_PKEY_CTX *ctx)
{
	return set_pss(ctx, RSA_PSS_SALTLEN_AUTO);
}

/* As we sign, and as the narrowest client verifies. */
static int setup_narrow(EVP_PKEY_CTX *ctx)
{
	return set_pss(ctx, RSA_PSS_SALTLEN_DIGEST);
}

static bool verify(const struct key_public *k, const void *sig, size_t sig_len,
                   const void *msg, size_t msg_len)
{
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = key_evp_of(k);

	return key_evp_verify(pkey, setup_verify, sig, sig_len, msg, msg_len);
}

static enum key_oddity oddity(const struct key_public *k, const void *sig,
                              size_t sig_len, const uint8_t digest[32])
{
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = key_evp_of(k);

	if (!key_evp_verify_digest(pkey, setup_verify, sig, sig_len, digest))
		return KEY_NOT_ODD;
	if (sig_len != (size_t)EVP_PKEY_get_size(pkey))
		return KEY_SHORT;
	return key_evp_verify_digest(pkey, setup_narrow, sig, sig_len, digest)
	               ? KEY_NOT_ODD
	               : KEY_SALTED;
}

static size_t generate(uint8_t out[KEY_STORED_MAX], struct rng *rng)
{
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = EVP_RSA_gen(BITS_NEW);
	uint8_t *p = out;
	int len;

	(void)rng; /* OpenSSL finds primes with its own */
	if (pkey == NULL)
		return 0;
	len = i2d_PrivateKey(pkey, NULL);
	if (len <= 0 || len > KEY_STORED_MAX)
		return 0;
	(void)i2d_PrivateKey(pkey, &p);
	return (size_t)len;
}

static int load(struct key_secret *k, char text[KEY_PUBLIC_TEXT_MAX])
{
	const uint8_t *p = k->stored;
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey =
		d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)k->stored_len);

	ERR_clear_error();
	if (pkey == NULL || p != k->stored + k->stored_len ||
	    refusal_of(pkey).code != NULL || key_evp_text(text, pkey) != 0)
		return -1;
	k->handle = MOVE(pkey);
	return 0;
}

static size_t sign(uint8_t sig[KEY_SIG_MAX], const struct key_secret *k,
                   const void *msg, size_t msg_len)
{
	return key_evp_sign(sig, k->handle, setup_narrow, msg, msg_len);
}

const struct key_scheme_ops key_rsa_ops = {
	.keytype = "rsa",
	.name = "rsassa-pss-sha256",
	.read = read_text,
	.verify = verify,
	.oddity = oddity,
	.generate = generate,
	.load = load,
	.unload = key_evp_unload,
	.sign = sign,
};
