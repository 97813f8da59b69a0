#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/crypto/hash.h"
#include "tests/support/runner.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FIPS 180-2, appendices B and C. */
static const struct {
	const char *text, *sha256, *sha512;
} vectors[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
         "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{"abc",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

TEST(digests_agree_with_the_standard)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		char hex[SHA256_HEX_SIZE];

		hash_sha256_hex(hex, vectors[i].text, strlen(vectors[i].text));
		ck_assert_str_eq(hex, vectors[i].sha256);
	}
}

TEST(a_stream_in_pieces_is_the_digest_of_the_whole)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		uint8_t digest[HASH_SIZE_MAX];
		char hex[2 * HASH_SIZE_MAX + 1];
		SCOPED(hash_free)
		struct hash *a = hash_new(HASH_SHA256);
		SCOPED(hash_free)
		struct hash *b = hash_new(HASH_SHA512);

		for (const char *p = vectors[i].text; *p != '\0'; p++) {
			hash_update(a, p, 1);
			hash_update(b, p, 1);
		}
		hash_final(a, digest);
		hex_encode(hex, digest, hash_size(HASH_SHA256));
		ck_assert_str_eq(hex, vectors[i].sha256);
		hash_final(b, digest);
		hex_encode(hex, digest, hash_size(HASH_SHA512));
		ck_assert_str_eq(hex, vectors[i].sha512);
	}
}

/* Two libraries take turns by length, and by what was hashed before. */
TEST(bytes_of_any_length_give_the_digest_of_the_stream)
{
	static const size_t sizes[] = {0,     1,     55,     256,   257,
	                               70000, 70000, 200000, 70000, 3};
	SCOPED(free)
	char *bytes = xmalloc(200000);

	for (size_t i = 0; i < 200000; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (size_t i = 0; i < 2 * ARRAY_LEN(sizes); i++) {
		enum hash_alg alg = i % 2 == 0 ? HASH_SHA256 : HASH_SHA512;
		size_t n = sizes[i / 2];
		uint8_t once[HASH_SIZE_MAX], stream[HASH_SIZE_MAX];
		SCOPED(hash_free)
		struct hash *h = hash_new(alg);

		hash_bytes(once, alg, bytes, n);
		hash_update(h, bytes, n);
		hash_final(h, stream);
		ck_assert_mem_eq(once, stream, hash_size(alg));
	}
}

TEST(only_two_names_of_digests_are_known)
{
	enum hash_alg alg;

	ck_assert_int_eq(hash_by_name(&alg, "sha256"), 0);
	ck_assert_int_eq(alg, HASH_SHA256);
	ck_assert_int_eq(hash_by_name(&alg, "sha512"), 0);
	ck_assert_int_eq(alg, HASH_SHA512);
	ck_assert_int_eq(hash_by_name(&alg, "SHA256"), -1);
	ck_assert_int_eq(hash_by_name(&alg, "md5"), -1);
	ck_assert_int_eq(hash_by_name(&alg, ""), -1);
}

TEST(a_file_is_hashed_whole)
{
	size_t n = (1 << 16) + 17;
	SCOPED(free)
	char *bytes = xcalloc(n, 1);
	char want[SHA256_HEX_SIZE], got[SHA256_HEX_SIZE];
	int64_t length;
	struct err e;

	memset(bytes, 'p', n);
	hash_sha256_hex(want, bytes, n);
	ASSERT_OK(fs_write(test_path("a"), bytes, n, 0600, &e));
	ASSERT_OK(hash_file(got, &length, test_path("a"), &e));
	ck_assert_str_eq(got, want);
	ck_assert_int_eq(length, (int64_t)n);
}

TEST(only_a_regular_file_is_hashed)
{
	char hex[SHA256_HEX_SIZE];
	int64_t length;
	struct err e;

	ASSERT_ERR(hash_file(hex, &length, test_path("none"), &e),
	           ERR_NOT_FOUND);
	ck_assert_int_eq(symlink("a", test_path("link")), 0);
	ASSERT_ERR(hash_file(hex, &length, test_path("link"), &e), ERR_IO);
	ck_assert_int_eq(mkfifo(test_path("pipe"), 0600), 0);
	ASSERT_ERR(hash_file(hex, &length, test_path("pipe"), &e), ERR_INVALID);
	ASSERT_ERR(hash_file(hex, &length, test_dir(), &e), ERR_INVALID);
}

TEST(equal_bytes_are_equal)
{
	ck_assert(hash_equal("abc", "abc", 3));
	ck_assert(!hash_equal("abc", "abd", 3));
	ck_assert(!hash_equal("abc", "xbc", 3));
	ck_assert(hash_equal("abc", "abd", 2));
	ck_assert(hash_equal("abc", "xyz", 0));
}

/* Aumasson and Bernstein, "SipHash", appendix A: the key is 00 01 … 0f, the
 * message 00 01 … 0e. */
TEST(a_hash_for_tables_is_siphash_and_depends_on_its_secret)
{
	static const uint8_t wanted[8] = {0xe5, 0x45, 0xbe, 0x49,
	                                  0x61, 0xca, 0x29, 0xa1};
	uint8_t secret[HASH_SECRET_SIZE], message[15];
	uint64_t h;

	for (uint8_t i = 0; i < sizeof(secret); i++)
		secret[i] = i;
	for (uint8_t i = 0; i < sizeof(message); i++)
		message[i] = i;
	h = hash_for_table(secret, message, sizeof(message));
	ck_assert_mem_eq(&h, wanted, sizeof(wanted));
	secret[0]++;
	ck_assert_uint_ne(h, hash_for_table(secret, message, sizeof(message)));
}
