/*
 * A signing key in a file: encrypted (argon2id, then secretbox), mode 0600,
 * bound to one repository and one role. The binding is sealed with the key,
 * so editing the readable part makes the file useless rather than different.
 *
 * Reading refuses a file that others can touch and never follows a symbolic
 * link; writing never replaces one.
 */
#ifndef LIB_CRYPTO_SECRETFILE_H
#define LIB_CRYPTO_SECRETFILE_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/rng.h"
#include "lib/crypto/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRETFILE_REPO_SIZE 33 /* hex of 128 bits and its NUL */
#define SECRETFILE_ROLE_SIZE 128
#define SECRETFILE_LABEL_SIZE 65

/* What can be read without the passphrase. */
struct secretfile_info {
	char repo[SECRETFILE_REPO_SIZE];
	char role[SECRETFILE_ROLE_SIZE];
	char label[SECRETFILE_LABEL_SIZE]; /* whose it is, for people */
	struct key_public public;
	bool encrypted;
};

/* What guessing one passphrase costs. */
struct secretfile_cost {
	uint64_t operations;
	size_t memory_bytes;
};
/* 256 MiB, about 0.4 s: for keys that matter. */
extern const struct secretfile_cost secretfile_cost_default;
/* 8 MiB, a few ms: for throw-away repositories and tests. */
extern const struct secretfile_cost secretfile_cost_light;

/* passphrase NULL writes the key in the clear (online keys that a service
 * reads at start); the mode still protects it. ERR_CONFLICT when path exists.
 */
MUST_USE int secretfile_create(const char *path, const struct key_secret *k,
                               const char *repo, const char *role,
                               const char *label, const char *passphrase,
                               const struct secretfile_cost *cost,
                               struct rng *rng, struct err *e);
/* The same over an existing file (a changed passphrase), atomically. */
MUST_USE int secretfile_replace(const char *path, const struct key_secret *k,
                                const struct secretfile_info *info,
                                const char *passphrase,
                                const struct secretfile_cost *cost,
                                struct rng *rng, struct err *e);

MUST_USE int secretfile_peek(struct secretfile_info *out, const char *path,
                             struct err *e);
/* Wrong passphrase: ERR_FORBIDDEN, code "wrong_passphrase". The caller frees
 * the key. passphrase may be NULL for a file that is not encrypted. */
MUST_USE int secretfile_open(struct key_secret **out,
                             struct secretfile_info *out_info, const char *path,
                             const char *passphrase, struct err *e);

#endif
