#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"
#include "lib/crypto/key_pem.h"
#include "lib/json/canon.h"
#include "tests/support/rsa_sign.h"
#include "tests/support/runner.h"
#include "tests/unit/crypto/key_vectors.h"

#include <stdio.h>
#include <string.h>

/* {keytype, keyval, scheme}, and `extra` in front. */
static void write_object(struct buf *out, const char *extra,
                         const char *keytype, const char *scheme,
                         const char *text)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	if (extra != NULL) {
		jw_key(&w, "keyid_hash_algorithms");
		jw_raw(&w, extra, strlen(extra));
	}
	jw_put_str(&w, "keytype", keytype);
	jw_key(&w, "keyval");
	jw_object(&w);
	jw_put_str(&w, "public", text);
	jw_end_object(&w);
	jw_put_str(&w, "scheme", scheme);
	jw_end_object(&w);
	ck_assert(!buf_failed(out));
}

static int parse_object(struct key_public *out, const struct buf *json,
                        const char *id, struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	key_library_init();
	if (js_parse(&doc, "key", buf_str(json), json->len, e) != 0)
		return -1;
	root = js_root(&doc);
	return key_public_parse(out, &root, id, e);
}

static int parse(struct key_public *out, const char *keytype,
                 const char *scheme, const char *text, const char *id,
                 struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 14);

	write_object(&b, NULL, keytype, scheme, text);
	return parse_object(out, &b, id, e);
}

#define ECDSA "ecdsa", "ecdsa-sha2-nistp256"
#define RSA "rsa", "rsassa-pss-sha256"

/* The id over what is in the object, whatever that is. */
static const char *id_of(const char *keytype, const char *scheme,
                         const char *text)
{
	static char id[SHA256_HEX_SIZE];
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 14);
	struct jw w;

	jw_init_canonical(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "keytype", keytype);
	jw_key(&w, "keyval");
	jw_object(&w);
	jw_put_str(&w, "public", text);
	jw_end_object(&w);
	jw_put_str(&w, "scheme", scheme);
	jw_end_object(&w);
	hash_sha256_hex(id, buf_str(&b), b.len);
	return id;
}

static struct key_public read_key(const char *keytype, const char *scheme,
                                  const char *text)
{
	struct key_public k;
	struct err e;

	ASSERT_OK(parse(&k, keytype, scheme, text, id_of(keytype, scheme, text),
	                &e));
	return k;
}

static bool verifies(const struct key_public *k, const char *hex)
{
	uint8_t sig[KEY_SIG_MAX];
	size_t n = strlen(hex) / 2;

	ck_assert_int_eq(hex_decode(sig, n, hex), 0);
	return key_verify(k, sig, n, KEY_VECTORS_MSG, strlen(KEY_VECTORS_MSG));
}

TEST(ids_of_ecdsa_and_rsa_keys_cover_the_exact_text)
{
	struct key_public k;
	struct err e;

	ASSERT_OK(parse(&k, ECDSA, P256_PEM, P256_ID, &e));
	ck_assert_int_eq(k.scheme, KEY_ECDSA_P256);
	ck_assert_str_eq(k.text, P256_PEM);
	ASSERT_OK(parse(&k, RSA, RSA2048_PEM, RSA2048_ID, &e));
	ck_assert_int_eq(k.scheme, KEY_RSA_PSS);
	/* The keytype of older tools is another object, and the same key. */
	ASSERT_OK(parse(&k, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256",
	                P256_PEM, P256_LEGACY_ID, &e));
	ck_assert_int_eq(k.scheme, KEY_ECDSA_P256);
	ck_assert(verifies(&k, P256_SIG_LOW));
	/* Nothing is tidied before it is hashed. */
	ASSERT_ERR(parse(&k, ECDSA, P256_PEM, P256_NO_LINE_END_ID, &e),
	           ERR_INVALID);
	ASSERT_SAYS(P256_ID);
}

TEST(a_field_we_do_not_know_stays_in_the_key_and_in_its_id)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 14);
	SCOPED(buf_fini)
	struct buf again = BUF_INIT(1 << 14);
	SCOPED(buf_fini)
	struct buf canonical = BUF_INIT(1 << 14);
	struct key_public k, back;
	struct err e;
	struct jw w;

	write_object(&b, "[\"sha256\",\"sha512\"]", ECDSA, P256_PEM);
	ASSERT_OK(parse_object(&k, &b, P256_HASH_ALGORITHMS_ID, &e));
	jw_init(&w, &again);
	key_public_write(&w, &k);
	ASSERT_OK(parse_object(&back, &again, P256_HASH_ALGORITHMS_ID, &e));
	ck_assert(key_public_equal(&k, &back));
	ck_assert_str_eq(k.object, back.object);
	/* Where canonical bytes are written they are the hashed ones. */
	jw_init_canonical(&w, &canonical);
	key_public_write(&w, &k);
	ck_assert_str_eq(buf_str(&canonical), k.object);
	ck_assert_ptr_nonnull(strchr(k.object, '\n'));
	ck_assert_ptr_null(strchr(buf_str(&again), '\n'));
}

TEST(one_key_in_many_spellings_is_one_key)
{
	struct key_public plain = read_key(ECDSA, P256_PEM);
	SCOPED(free)
	char *bare = xstrdup(P256_PEM);
	SCOPED(buf_fini)
	struct buf crlf = BUF_INIT(1 << 12);
	struct key_public k;

	bare[strlen(bare) - 1] = '\0';
	for (const char *p = P256_PEM; *p != '\0'; p++)
		buf_printf(&crlf, *p == '\n' ? "\r\n" : "%c", *p);
	const char *const texts[] = {bare, buf_str(&crlf)};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		k = read_key(ECDSA, texts[i]);
		ck_assert_str_ne(k.id, plain.id);
		ck_assert(key_public_equal(&k, &plain));
		ck_assert(verifies(&k, P256_SIG_LOW));
	}
	k = read_key("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", P256_PEM);
	ck_assert(key_public_equal(&k, &plain));
	k = read_key(RSA, RSA2048_PEM);
	ck_assert(!key_public_equal(&k, &plain));
}

TEST(signatures_made_by_openssl_verify)
{
	static const struct {
		const char *keytype, *scheme, *text, *sig;
		bool good;
	} rows[] = {
		{ECDSA, P256_PEM, P256_SIG_LOW, true},
		{ECDSA, P256_PEM, P256_SIG_HIGH, true},
		{ECDSA, P256_PEM, P256_SIG_SHA512, false},
		{RSA, RSA2048_PEM, RSA2048_SIG, true},
		{RSA, RSA2048_PEM, RSA2048_SIG_SALT_MAX, true},
		{RSA, RSA2048_PEM, RSA2048_SIG_SALT_0, true},
		{RSA, RSA2048_PEM, RSA2048_SIG_PKCS1, false},
		{RSA, RSA2048_PEM, RSA2048_SIG_SHA1, false},
		{RSA, RSA8192_PEM, RSA8192_SIG, true},
		{RSA, RSA4096_PEM, RSA2048_SIG, false},
		{ECDSA, P256_PEM, RSA2048_SIG, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct key_public k =
			read_key(rows[i].keytype, rows[i].scheme, rows[i].text);

		ck_assert_msg(verifies(&k, rows[i].sig) == rows[i].good,
		              "row %zu", i);
	}
}

static enum key_oddity oddity_of(const struct key_public *k, const char *hex)
{
	uint8_t sig[KEY_SIG_MAX], digest[SHA256_SIZE];
	size_t n = strlen(hex) / 2;

	hash_sha256(digest, KEY_VECTORS_MSG, strlen(KEY_VECTORS_MSG));
	ck_assert_int_eq(hex_decode(sig, n, hex), 0);
	return key_oddity(k, sig, n, digest);
}

/* What is no signature at all is no odd one. */
TEST(an_rsa_signature_that_not_every_client_takes_is_told)
{
	static const struct {
		const char *keytype, *scheme, *text, *sig;
		enum key_oddity oddity;
	} rows[] = {
		{RSA, RSA2048_PEM, RSA2048_SIG, KEY_NOT_ODD},
		{RSA, RSA2048_PEM, RSA2048_SIG_SALT_MAX, KEY_SALTED},
		{RSA, RSA2048_PEM, RSA2048_SIG_SALT_0, KEY_SALTED},
		{RSA, RSA2048_PEM, RSA2048_SIG_PKCS1, KEY_NOT_ODD},
		{RSA, RSA2048_PEM, RSA2048_SIG_SHA1, KEY_NOT_ODD},
		{RSA, RSA8192_PEM, RSA8192_SIG, KEY_NOT_ODD},
		{RSA, RSA4096_PEM, RSA2048_SIG_SALT_0, KEY_NOT_ODD},
		{ECDSA, P256_PEM, P256_SIG_LOW, KEY_NOT_ODD},
		{ECDSA, P256_PEM, RSA2048_SIG_SALT_0, KEY_NOT_ODD},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct key_public k =
			read_key(rows[i].keytype, rows[i].scheme, rows[i].text);

		ck_assert_msg(oddity_of(&k, rows[i].sig) == rows[i].oddity,
		              "row %zu", i);
	}
}

TEST(an_rsa_signature_without_its_zeros_is_told)
{
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;
	uint8_t sig[KEY_SIG_MAX], digest[SHA256_SIZE];
	size_t n;

	key_library_init();
	k = rsa_key_new();
	do /* the salt is another each time */
		n = key_sign(sig, k, "abc", 3);
	while (sig[0] != 0);
	hash_sha256(digest, "abc", 3);
	ck_assert_int_eq(key_oddity(key_secret_public(k), sig, n, digest),
	                 KEY_NOT_ODD);
	ck_assert(key_verify(key_secret_public(k), sig + 1, n - 1, "abc", 3));
	ck_assert_int_eq(
		key_oddity(key_secret_public(k), sig + 1, n - 1, digest),
		KEY_SHORT);
}

TEST(no_bit_of_a_signature_may_change)
{
	struct key_public k = read_key(ECDSA, P256_PEM);
	uint8_t sig[KEY_SIG_MAX];
	size_t n = strlen(P256_SIG_LOW) / 2;

	ck_assert_int_eq(hex_decode(sig, n, P256_SIG_LOW), 0);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!key_verify(&k, sig, n, KEY_VECTORS_MSG,
		                      strlen(KEY_VECTORS_MSG)));
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert(!key_verify(&k, sig, n, "a massage", 9));
	/* Cut, and with a byte after the DER. */
	ck_assert(!key_verify(&k, sig, n - 1, KEY_VECTORS_MSG, 9));
	sig[n] = 0;
	ck_assert(!key_verify(&k, sig, n + 1, KEY_VECTORS_MSG, 9));
	ck_assert(!key_verify(&k, sig, 0, KEY_VECTORS_MSG, 9));
}

TEST(every_type_signs_what_it_verifies)
{
	static const size_t most[KEY_SCHEMES] = {64, 72, 384};
	struct rng_seeded rng;
	uint8_t sig[KEY_SIG_MAX];

	key_library_init();
	rng_seeded_init(&rng, 5);
	for (int s = 0; s < KEY_SCHEMES; s++) {
		SCOPED(key_secret_free)
		struct key_secret *k =
			key_secret_new((enum key_scheme)s, &rng.rng);
		const struct key_public *p = key_secret_public(k);
		size_t n = key_sign(sig, k, "abc", 3);

		ck_assert(n > 0 && n <= most[s]);
		ck_assert(key_verify(p, sig, n, "abc", 3));
		ck_assert(!key_verify(p, sig, n, "abd", 3));
		ck_assert(!key_verify(p, sig, n - 1, "abc", 3));
		sig[n / 2] ^= 1;
		ck_assert(!key_verify(p, sig, n, "abc", 3));
		/* What others would read is what we would write. */
		ck_assert(read_key(key_scheme_type(p->scheme),
		                   key_scheme_name(p->scheme), p->text)
		                  .scheme == p->scheme);
	}
}

/* A key of one type that is known is no key of another type. */
TEST(a_key_that_was_read_is_not_taken_for_another_type)
{
	struct key_public k;
	struct err e;

	for (int i = 0; i < 2; i++) {
		k = read_key(RSA, RSA2048_PEM);
		ck_assert(verifies(&k, RSA2048_SIG));
		ASSERT_CODE(parse(&k, ECDSA, RSA2048_PEM,
		                  id_of(ECDSA, RSA2048_PEM), &e),
		            "wrong_key_kind");
		ASSERT_CODE(parse(&k, RSA, RSA1024_PEM, id_of(RSA, RSA1024_PEM),
		                  &e),
		            "weak_key");
	}
}

/* More keys than stay read: each verifies its own and no other's. */
TEST(many_keys_verify_each_its_own)
{
	static struct key_secret *keys[200];
	uint8_t sigs[200][80];
	size_t lens[200];
	struct rng_seeded rng;

	key_library_init();
	rng_seeded_init(&rng, 9);
	for (size_t i = 0; i < 200; i++) {
		uint8_t sig[KEY_SIG_MAX];

		keys[i] = key_secret_new(KEY_ECDSA_P256, &rng.rng);
		lens[i] = key_sign(sig, keys[i], "abc", 3);
		memcpy(sigs[i], sig, lens[i]);
	}
	for (size_t i = 0; i < 400; i++) {
		const struct key_public *k = key_secret_public(keys[i % 200]);
		size_t other = (i + 1) % 200;

		ck_assert(
			key_verify(k, sigs[i % 200], lens[i % 200], "abc", 3));
		ck_assert(!key_verify(k, sigs[other], lens[other], "abc", 3));
	}
	for (size_t i = 0; i < 200; i++)
		key_secret_free(keys[i]);
}

/* PEM as openssl writes it, with its line end. */
TEST(a_key_of_ours_is_written_as_openssl_writes_it)
{
	static const char *const texts[] = {P256_PEM, RSA2048_PEM, RSA8192_PEM};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint8_t der[KEY_DER_MAX];
		char again[KEY_PUBLIC_TEXT_MAX];
		size_t n = key_pem_decode(der, texts[i]);

		ck_assert_uint_gt(n, 0);
		key_pem_encode(again, der, n);
		ck_assert_str_eq(again, texts[i]);
	}
}

TEST(the_same_private_number_makes_the_same_key)
{
	uint8_t seed[KEY_SEED_SIZE] = {0};
	SCOPED(key_secret_free)
	struct key_secret *k = NULL;

	key_library_init();
	/* d = 1: the public key is the curve's generator (SEC 2, 2.4.2). */
	seed[31] = 1;
	k = key_secret_from_seed(KEY_ECDSA_P256, seed);
	ck_assert_str_eq(
		key_secret_public(k)->text,
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDf"
		"YEt\n"
		"6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
		"-----END PUBLIC KEY-----\n");
	/* Zero, and the order of the curve itself, are none. */
	seed[31] = 0;
	ck_assert_ptr_null(key_secret_from_seed(KEY_ECDSA_P256, seed));
	ck_assert_int_eq(hex_decode(seed, sizeof(seed),
	                            "ffffffff00000000ffffffffffffffff"
	                            "bce6faada7179e84f3b9cac2fc632551"),
	                 0);
	ck_assert_ptr_null(key_secret_from_seed(KEY_ECDSA_P256, seed));
	ck_assert_ptr_null(key_secret_from_seed(KEY_RSA_PSS, seed));
}

TEST(keys_that_are_not_what_they_say_are_refused)
{
	static const struct {
		const char *keytype, *scheme, *text, *code;
	} rows[] = {
		{ECDSA, P384_PEM, "wrong_key_kind"},
		{ECDSA, K256_PEM, "wrong_key_kind"},
		{ECDSA, P256_COMPRESSED_PEM, "wrong_key_kind"},
		{ECDSA, P256_EXPLICIT_PEM, "wrong_key_kind"},
		{ECDSA, RSA2048_PEM, "wrong_key_kind"},
		{ECDSA, ED25519_PEM, "wrong_key_kind"},
		{RSA, P256_PEM, "wrong_key_kind"},
		{RSA, RSA_PSS_ONLY_PEM, "wrong_key_kind"},
		{RSA, RSA1024_PEM, "weak_key"},
		{RSA, RSA2040_PEM, "weak_key"},
		{RSA, RSA_EXPONENT_33_BITS_PEM, "weak_key"},
		{RSA, RSA8200_PEM, "large_key"},
		{"ed25519", "ed25519", ED25519_PEM, "bad_key"},
		{"ed25519", "ed25519", P256_PEM, "bad_key"},
		{ECDSA, "", "bad_key"},
		{ECDSA, "ab", "bad_key"},
		{ECDSA, P256_PEM "x", "bad_key"},
		{ECDSA, P256_PEM "\n", "bad_key"},
		{ECDSA, P256_PEM P256_PEM, "bad_key"},
		{ECDSA, " " P256_PEM, "bad_key"},
		{ECDSA, "junk\n" P256_PEM, "bad_key"},
		{ECDSA, "-----BEGIN EC KEY-----\nAAAA\n-----END EC KEY-----\n",
	         "bad_key"},
		{ECDSA, "-----BEGIN PUBLIC KEY-----\n", "bad_key"},
		{ECDSA,
	         "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
	         "bad_key"},
		{ECDSA,
	         "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----\n",
	         "bad_key"},
		{ECDSA,
	         "-----BEGIN PUBLIC KEY-----\n\nAAAA\n-----END PUBLIC "
	         "KEY-----\n",
	         "bad_key"},
		{ECDSA,
	         "-----BEGIN PUBLIC KEY-----\nAA==AAAA\n-----END PUBLIC "
	         "KEY-----\n",
	         "bad_key"},
		{"ecdsa", "ecdsa-sha2-nistp384", P384_PEM, "unknown_key_type"},
		{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp256", P256_PEM,
	         "unknown_key_type"},
		{"rsa", "rsa-pkcs1v15-sha256", RSA2048_PEM, "unknown_key_type"},
		{"rsassa-pss-sha256", "rsassa-pss-sha256", RSA2048_PEM,
	         "unknown_key_type"},
	};
	struct key_public k;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_CODE(parse(&k, rows[i].keytype, rows[i].scheme,
		                  rows[i].text,
		                  id_of(rows[i].keytype, rows[i].scheme,
		                        rows[i].text),
		                  &e),
		            rows[i].code);
		ck_assert_int_eq(e.kind, ERR_INVALID);
	}
}

/* Every byte of the DER belongs to the key: none more, none less, and no
 * point beside the curve. */
TEST(a_der_with_one_byte_changed_or_added_is_no_key)
{
	uint8_t der[KEY_DER_MAX];
	size_t n = key_pem_decode(der, P256_PEM);
	char text[KEY_PUBLIC_TEXT_MAX];
	struct key_public k;
	struct err e;

	ck_assert_uint_eq(n, 91);
	for (size_t i = 0; i < n; i++) {
		der[i] ^= 1;
		key_pem_encode(text, der, n);
		ASSERT_ERR(parse(&k, ECDSA, text, id_of(ECDSA, text), &e),
		           ERR_INVALID);
		der[i] ^= 1;
	}
	key_pem_encode(text, der, n - 1);
	ASSERT_CODE(parse(&k, ECDSA, text, id_of(ECDSA, text), &e), "bad_key");
	der[n] = 0;
	key_pem_encode(text, der, n + 1);
	ASSERT_CODE(parse(&k, ECDSA, text, id_of(ECDSA, text), &e), "bad_key");
}

TEST(a_key_object_has_a_bound)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1 << 14);
	SCOPED(buf_fini)
	struct buf extra = BUF_INIT(1 << 14);
	struct key_public k;
	struct err e;

	buf_putc(&extra, '"');
	for (size_t i = 0; i < KEY_OBJECT_MAX; i++)
		buf_putc(&extra, 'x');
	buf_putc(&extra, '"');
	write_object(&b, buf_str(&extra), ECDSA, P256_PEM);
	ASSERT_ERR(parse_object(&k, &b, P256_ID, &e), ERR_TOO_LARGE);
}
