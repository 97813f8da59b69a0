/*
 * SHA-256 and SHA-512: of bytes at once, of a stream, of a file; and the
 * comparison that takes as long for a near miss as for a far one.
 */
#ifndef LIB_CRYPTO_HASH_H
#define LIB_CRYPTO_HASH_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65 /* with the NUL */
#define SHA512_SIZE 64
#define HASH_SIZE_MAX SHA512_SIZE

enum hash_alg { HASH_SHA256, HASH_SHA512 };

size_t hash_size(enum hash_alg alg);
/* "sha256" or "sha512" as TUF spells them; -1 for anything else. */
MUST_USE int hash_by_name(enum hash_alg *out, const char *name);

/* Writes hash_size(alg) bytes. */
void hash_bytes(uint8_t *out, enum hash_alg alg, const void *bytes, size_t n);
void hash_sha256(uint8_t out[SHA256_SIZE], const void *bytes, size_t n);
void hash_sha256_hex(char out[SHA256_HEX_SIZE], const void *bytes, size_t n);

/* A stream. hash_final() may be called once; hash_free() always. */
struct hash;
struct hash *hash_new(enum hash_alg alg);
void hash_free(struct hash *h);
void hash_update(struct hash *h, const void *bytes, size_t n);
void hash_final(struct hash *h, uint8_t *out);
DEFINE_SCOPED(hash_free, struct hash *)

/* sha256 and length of a regular file, read once. */
MUST_USE int hash_file(char out_hex[SHA256_HEX_SIZE], int64_t *out_length,
                       const char *path, struct err *e);

/* For tables in memory whose keys somebody else chooses: who does not know the
 * secret cannot make two of them meet (SipHash-2-4). */
#define HASH_SECRET_SIZE 16
uint64_t hash_for_table(const uint8_t secret[HASH_SECRET_SIZE],
                        const void *bytes, size_t n);

/* Constant time in n. */
bool hash_equal(const void *a, const void *b, size_t n);

#endif
