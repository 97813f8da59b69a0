#include "config.h"

#include "lib/crypto/hash.h"

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t hash_size(enum hash_alg alg)
{
	return alg == HASH_SHA256 ? SHA256_SIZE : SHA512_SIZE;
}

int hash_by_name(enum hash_alg *out, const char *name)
{
	if (strcmp(name, "sha256") == 0)
		*out = HASH_SHA256;
	else if (strcmp(name, "sha512") == 0)
		*out = HASH_SHA512;
	else
		return -1;
	return 0;
}

/* libcrypto is fast by the byte and slow to begin: with each digest, and a
 * hundred times as slow with the first of a process, which loads its providers.
 * Up to so many bytes libsodium is done before libcrypto has begun. */
#define SHORT_BYTES ((size_t)256)
#define FIRST_BYTES ((size_t)128 << 10)

static bool is_short(size_t n)
{
	static _Atomic size_t first; /* bytes of digests that were not short */

	if (n <= SHORT_BYTES)
		return true;
	/* A process that has hashed more will hash more. */
	return n <= FIRST_BYTES && first <= FIRST_BYTES &&
	       atomic_fetch_add(&first, n) + n <= FIRST_BYTES;
}

void hash_bytes(uint8_t *out, enum hash_alg alg, const void *bytes, size_t n)
{
	bool is_256 = alg == HASH_SHA256;

	if (is_short(n))
		(void)(is_256 ? crypto_hash_sha256
		              : crypto_hash_sha512)(out, bytes, n);
	else
		(void)(is_256 ? SHA256 : SHA512)(bytes, n, out);
}

void hash_sha256(uint8_t out[SHA256_SIZE], const void *bytes, size_t n)
{
	hash_bytes(out, HASH_SHA256, bytes, n);
}

void hash_sha256_hex(char out[SHA256_HEX_SIZE], const void *bytes, size_t n)
{
	uint8_t digest[SHA256_SIZE];

	hash_sha256(digest, bytes, n);
	hex_encode(out, digest, sizeof(digest));
}

/* A failing digest means a broken library: nothing it says can be trusted. */
static void must(int ok)
{
	if (ok != 1) {
		log_error("libcrypto gives no digest");
		abort();
	}
}

struct hash {
	EVP_MD_CTX *ctx;
};

struct hash *hash_new(enum hash_alg alg)
{
	struct hash *h = xmalloc(sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx,
	                       alg == HASH_SHA256 ? EVP_sha256() : EVP_sha512(),
	                       NULL));
	return h;
}

void hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void hash_update(struct hash *h, const void *bytes, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, bytes, n));
}

void hash_final(struct hash *h, uint8_t *out)
{
	must(EVP_DigestFinal_ex(h->ctx, out, NULL));
}

int hash_file(char out_hex[SHA256_HEX_SIZE], int64_t *out_length,
              const char *path, struct err *e)
{
	SCOPED(close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	SCOPED(hash_free)
	struct hash *h = hash_new(HASH_SHA256);
	SCOPED(free)
	char *chunk = xmalloc(1 << 16);
	uint8_t digest[SHA256_SIZE];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: is not a regular file",
		               path);
	*out_length = 0;
	while ((n = read(fd, chunk, 1 << 16)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s: read", path);
		hash_update(h, chunk, (size_t)n);
		*out_length += n;
	}
	hash_final(h, digest);
	hex_encode(out_hex, digest, sizeof(digest));
	return 0;
}

uint64_t hash_for_table(const uint8_t secret[HASH_SECRET_SIZE],
                        const void *bytes, size_t n)
{
	uint8_t out[crypto_shorthash_siphash24_BYTES];
	uint64_t h;

	_Static_assert(HASH_SECRET_SIZE == crypto_shorthash_siphash24_KEYBYTES,
	               "a SipHash key");
	_Static_assert(sizeof(out) == sizeof(h), "64 bits");
	(void)crypto_shorthash_siphash24(out, bytes, n, secret);
	memcpy(&h, out, sizeof(h));
	return h;
}

bool hash_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
