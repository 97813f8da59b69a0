/*
 * Firmware and plan bytes, stored under their sha256: blobs/ab/abcd…. A blob
 * is hashed while it is written and again when it is read back from the disk,
 * before its name exists; a name therefore always means its bytes. Blobs are
 * never changed, so any thread may read.
 */
#ifndef SERVER_REPO_BLOBS_H
#define SERVER_REPO_BLOBS_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/hash.h"

#include <stdbool.h>
#include <stdint.h>

struct blobs {
	char *dir;
	_Atomic uint64_t uploads; /* names the next one */
};

/* Makes the folder. */
MUST_USE int blobs_open(struct blobs *b, const char *dir, struct err *e);
/* For one who only reads, beside a server that runs: makes and drops nothing.
 */
void blobs_open_readonly(struct blobs *b, const char *dir);
void blobs_close(struct blobs *b);

/* Copies an upload from its start, hashes what the disk gives back, and
 * refuses one that is not the wanted sha256 (ERR_UNTRUSTED, "mismatch").
 * Already there: fine. Its bytes survive a power cut, its name only after
 * blobs_settle(). */
MUST_USE int blobs_adopt(struct blobs *b, int fd, const char *want_sha256,
                         int64_t *out_length, struct err *e);
/* The same, and its name survives too: for who is answered that it is kept. */
MUST_USE int blobs_keep(struct blobs *b, int fd, const char *want_sha256,
                        int64_t *out_length, struct err *e);
/* The names of these blobs survive a power cut, whoever gave them: another
 * thread that is not done yet, or a process that was killed before it was.
 * Whoever is about to rely on blobs asks for this first. */
MUST_USE int blobs_settle(const struct blobs *b, const char *const *sha256,
                          size_t n, struct err *e);
/* The same as blobs_adopt() from memory, and its name survives too. */
MUST_USE int blobs_put(struct blobs *b, const void *bytes, size_t n,
                       const char *want_sha256, struct err *e);

/* Length of a stored blob; ERR_NOT_FOUND. */
MUST_USE int blobs_size(const struct blobs *b, const char *sha256,
                        int64_t *out_length, struct err *e);
/* An open descriptor for sendfile; the caller closes. -1 with *e. */
MUST_USE int blobs_fd(const struct blobs *b, const char *sha256, struct err *e);
/* Re-hashed where it lies, whatever its size: code "mismatch" as below. */
MUST_USE int blobs_check(const struct blobs *b, const char *sha256,
                         int64_t *out_length, struct err *e);
/* Whole and re-hashed: bit rot is a refusal, code "mismatch". */
MUST_USE int blobs_read(const struct blobs *b, const char *sha256,
                        struct buf *out, struct err *e);

#endif
