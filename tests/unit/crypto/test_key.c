#include "config.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/key.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

/* RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
	const char *seed, *public, *msg, *sig;
} vectors[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
         "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
         "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
         "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static struct key_secret *key_of(size_t i)
{
	uint8_t seed[KEY_SEED_SIZE];

	key_library_init();
	ck_assert_int_eq(hex_decode(seed, sizeof(seed), vectors[i].seed), 0);
	return key_secret_from_seed(KEY_ED25519, seed);
}

TEST(ed25519_signs_as_the_rfc_does)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		SCOPED(key_secret_free)
		struct key_secret *k = key_of(i);
		uint8_t msg[8], sig[KEY_SIG_MAX];
		size_t n = strlen(vectors[i].msg) / 2;
		char hex[129];

		ck_assert_int_eq(hex_decode(msg, n, vectors[i].msg), 0);
		ck_assert_str_eq(key_secret_public(k)->text, vectors[i].public);
		ck_assert_uint_eq(key_sign(sig, k, msg, n), 64);
		hex_encode(hex, sig, 64);
		ck_assert_str_eq(hex, vectors[i].sig);
		ck_assert(key_verify(key_secret_public(k), sig, 64, msg, n));
	}
}

TEST(a_signature_with_one_bit_changed_is_refused)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key_of(2);
	uint8_t sig[KEY_SIG_MAX];
	size_t n = key_sign(sig, k, "abc", 3);

	for (size_t bit = 0; bit < 8 * n; bit++) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!key_verify(key_secret_public(k), sig, n, "abc", 3));
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert(key_verify(key_secret_public(k), sig, n, "abc", 3));
	ck_assert(!key_verify(key_secret_public(k), sig, n, "abd", 3));
	ck_assert(!key_verify(key_secret_public(k), sig, n, "ab", 2));
	ck_assert(!key_verify(key_secret_public(k), sig, n - 1, "abc", 3));
	ck_assert(!key_verify(key_secret_public(k), sig, n + 1, "abc", 3));
	ck_assert(!key_verify(key_secret_public(k), sig, 0, "abc", 3));
}

/* The all-zero point and S = 0 verify anything in a careless library. */
TEST(a_key_of_small_order_verifies_nothing)
{
	struct key_public k = {.scheme = KEY_ED25519};
	uint8_t sig[64] = {0};

	key_library_init();
	ck_assert(!key_verify(&k, sig, sizeof(sig), "abc", 3));
	k.material[0] = 1; /* the neutral element */
	sig[0] = 1;
	ck_assert(!key_verify(&k, sig, sizeof(sig), "abc", 3));
}

static int parse(struct key_public *out, const char *json, const char *id,
                 struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;

	if (js_parse(&doc, "key", json, strlen(json), e) != 0)
		return -1;
	root = js_root(&doc);
	return key_public_parse(out, &root, id, e);
}

#define EDCD "edcd0a32a07dce33f7c7873aaffbff36d20ea30787574ead335eefd337e4dacd"

/* As other TUF tools computed them. */
TEST(key_ids_are_those_of_other_tuf_tools)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key_of(0);
	struct key_public p;
	struct err e;

	ck_assert_str_eq(
		key_secret_public(k)->id,
		"74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4"
		"916");
	/* With a field of its time that we do not know: it counts. */
	ASSERT_OK(parse(
		&p,
		"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\","
		" \"keyid_hash_algorithms\": [\"sha256\", \"sha512\"],"
		" \"keyval\": {\"public\": \"" EDCD "\"}}",
		"59a4df8af818e9ed7abe0764c0b47b4240952aa0d179b5b78346c470ac302"
		"78d",
		&e));
	ck_assert_str_eq(p.text, EDCD);
}

TEST(a_key_object_that_is_written_is_read)
{
	SCOPED(key_secret_free)
	struct key_secret *k = key_of(1);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct key_public p;
	struct err e;
	struct jw w;

	jw_init_canonical(&w, &b);
	key_public_write(&w, key_secret_public(k));
	ASSERT_OK(parse(&p, buf_str(&b), key_secret_public(k)->id, &e));
	ck_assert(key_public_equal(&p, key_secret_public(k)));
	ck_assert_str_eq(p.id, key_secret_public(k)->id);
	ck_assert_str_eq(key_scheme_name(p.scheme), "ed25519");
	p.material[0] ^= 1;
	ck_assert(!key_public_equal(&p, key_secret_public(k)));
}

TEST(other_key_objects_are_refused)
{
	static const char id[] =
		"59a4df8af818e9ed7abe0764c0b47b4240952aa0d179b5b78346c470ac302"
		"78d";
	static const struct {
		const char *json, *code;
	} rows[] = {
		{"{}", "invalid"},
		{"[]", "invalid"},
		{"{\"keytype\":\"rsa\",\"scheme\":\"md5\",\"keyval\":{}}",
	         "unknown_key_type"},
		{"{\"keytype\":\"ed25519\",\"scheme\":\"rsassa-pss-sha256\","
	         "\"keyval\":{\"public\":\"" EDCD "\"}}",
	         "unknown_key_type"},
		{"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
	         "{\"public\":\"ab\"}}",
	         "bad_key"},
		{"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
	         "{\"public\":7}}",
	         "invalid"},
		{"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
	         "{}}",
	         "invalid"},
		/* A good key under another one's id. */
		{"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
	         "{\"public\":\"" EDCD "\"}}",
	         "wrong_key_id"},
	};
	struct key_public p;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_CODE(parse(&p, rows[i].json, id, &e), rows[i].code);
	ASSERT_SAYS("the key id is");
}

TEST(new_keys_differ_and_load_as_they_were_stored)
{
	struct rng_seeded rng;
	uint8_t stored[KEY_STORED_MAX];

	key_library_init();
	rng_seeded_init(&rng, 1);
	for (int s = 0; s < KEY_SCHEMES; s++) {
		enum key_scheme type = (enum key_scheme)s;
		SCOPED(key_secret_free)
		struct key_secret *a = key_secret_new(type, &rng.rng);
		SCOPED(key_secret_free)
		struct key_secret *b = key_secret_new(type, &rng.rng);
		size_t n = key_secret_store(stored, a);
		SCOPED(key_secret_free)
		struct key_secret *again = key_secret_load(type, stored, n);

		ck_assert(!key_public_equal(key_secret_public(a),
		                            key_secret_public(b)));
		ck_assert_ptr_nonnull(again);
		ck_assert(key_public_equal(key_secret_public(a),
		                           key_secret_public(again)));
		ck_assert_str_eq(key_secret_public(a)->id,
		                 key_secret_public(again)->id);
		/* One byte less or more is another key, or none. */
		ck_assert_ptr_null(key_secret_load(type, stored, n - 1));
		stored[n] = 0;
		ck_assert_ptr_null(key_secret_load(type, stored, n + 1));
		key_wipe(stored, sizeof(stored));
		for (size_t i = 0; i < sizeof(stored); i++)
			ck_assert_int_eq(stored[i], 0);
	}
}
