/*
 * ecdsa-sha2-nistp256: P-256, SHA-256, signatures in DER. The private number
 * is stored as 32 bytes, like a seed.
 *
 * A signature with the other S verifies too: TUF clients take it, and nothing
 * here counts signatures by their bytes.
 */
#include "config.h"

#include "lib/crypto/hash.h"
#include "lib/crypto/key_evp.h"
#include "lib/crypto/key_pem.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <string.h>

#define POINT_SIZE 65 /* 04, X, Y */

/* The only DER there is of an uncompressed point on the curve by its name
 * (RFC 5480): the point follows. Go reads no other, and a curve that is
 * spelled out by its parameters is an old attack (CVE-2020-0601). */
static const uint8_t der_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
                                   0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                   0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                   0x01, 0x07, 0x03, 0x42, 0x00};

DEFINE_SCOPED(EC_GROUP_free, EC_GROUP *)
DEFINE_SCOPED(EC_POINT_free, EC_POINT *)
DEFINE_SCOPED(BN_clear_free, BIGNUM *)
DEFINE_SCOPED(OSSL_PARAM_BLD_free, OSSL_PARAM_BLD *)
DEFINE_SCOPED(OSSL_PARAM_free, OSSL_PARAM *)

static int read_text(uint8_t material[KEY_MATERIAL_SIZE], const char *text,
                     struct key_refusal *refusal)
{
	uint8_t der[KEY_DER_MAX];
	size_t n = key_pem_decode(der, text);
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = NULL;

	hash_sha256(material, der, n);
	pkey = n > 0 ? key_evp_kept(KEY_ECDSA_P256, material) : NULL;
	if (pkey != NULL)
		return 0;
	*refusal = (struct key_refusal){"bad_key",
	                                "is not the PEM of a public key"};
	if (n == 0)
		return -1;
	pkey = key_evp_public(der, n);
	if (pkey == NULL)
		return -1;
	*refusal = (struct key_refusal){
		"wrong_key_kind",
		"is not an uncompressed point on the named curve P-256"};
	if (n != sizeof(der_head) + POINT_SIZE ||
	    memcmp(der, der_head, sizeof(der_head)) != 0)
		return -1;
	key_evp_keep(KEY_ECDSA_P256, material, pkey);
	return 0;
}

static bool verify(const struct key_public *k, const void *sig, size_t sig_len,
                   const void *msg, size_t msg_len)
{
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = key_evp_of(k);

	return key_evp_verify(pkey, NULL, sig, sig_len, msg, msg_len);
}

static bool in_range(const EC_GROUP *group, const BIGNUM *number)
{
	return group != NULL && number != NULL && !BN_is_zero(number) &&
	       BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
}

/* Again until it is below the order of the curve: once in 2^32. */
static size_t generate(uint8_t out[KEY_STORED_MAX], struct rng *rng)
{
	SCOPED(EC_GROUP_free)
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);

	for (;;) {
		SCOPED(BN_clear_free)
		BIGNUM *number = NULL;

		rng_fill(rng, out, KEY_SEED_SIZE);
		number = BN_bin2bn(out, KEY_SEED_SIZE, NULL);
		if (group == NULL || number == NULL)
			return 0;
		if (in_range(group, number))
			return KEY_SEED_SIZE;
	}
}

/* Both parts as OpenSSL's own object. */
static EVP_PKEY *assemble(const BIGNUM *number, const uint8_t *point)
{
	SCOPED(OSSL_PARAM_BLD_free)
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	SCOPED(OSSL_PARAM_free)
	OSSL_PARAM *params = NULL;
	SCOPED(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	if (build == NULL || ctx == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
	                                    "prime256v1", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
	                                     point, POINT_SIZE) != 1 ||
	    OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, number,
	                               KEY_SEED_SIZE) != 1)
		return NULL;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		return NULL;
	return pkey;
}

static EVP_PKEY *pair_of(const uint8_t seed[KEY_SEED_SIZE])
{
	SCOPED(EC_GROUP_free)
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	SCOPED(BN_clear_free)
	BIGNUM *number = BN_bin2bn(seed, KEY_SEED_SIZE, BN_secure_new());
	SCOPED(EC_POINT_free)
	EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
	uint8_t bytes[POINT_SIZE];

	if (point == NULL || !in_range(group, number))
		return NULL;
	BN_set_flags(number, BN_FLG_CONSTTIME);
	if (EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1 ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
	                       bytes, sizeof(bytes), NULL) != sizeof(bytes))
		return NULL;
	return assemble(number, bytes);
}

static int load(struct key_secret *k, char text[KEY_PUBLIC_TEXT_MAX])
{
	SCOPED(EVP_PKEY_free)
	EVP_PKEY *pkey = NULL;

	if (k->stored_len != KEY_SEED_SIZE)
		return -1;
	pkey = pair_of(k->stored);
	ERR_clear_error();
	if (pkey == NULL || key_evp_text(text, pkey) != 0)
		return -1;
	k->handle = MOVE(pkey);
	return 0;
}

static size_t sign(uint8_t sig[KEY_SIG_MAX], const struct key_secret *k,
                   const void *msg, size_t msg_len)
{
	return key_evp_sign(sig, k->handle, NULL, msg, msg_len);
}

const struct key_scheme_ops key_ecdsa_ops = {
	.keytype = "ecdsa",
	.name = "ecdsa-sha2-nistp256",
	.read = read_text,
	.verify = verify,
	.generate = generate,
	.load = load,
	.unload = key_evp_unload,
	.sign = sign,
};
