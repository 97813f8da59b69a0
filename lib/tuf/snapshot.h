/*
 * snapshot.json and timestamp.json (TUF 4.4, 4.6): versions of files, with
 * length and hash where given. Timestamp is the same shape with one entry.
 */
#ifndef LIB_TUF_SNAPSHOT_H
#define LIB_TUF_SNAPSHOT_H

#include "lib/crypto/hash.h"
#include "lib/tuf/envelope.h"

#include <stdbool.h>

struct tuf_meta_file {
	char role[TUF_ROLE_MAX]; /* without ".json" */
	int64_t version;
	int64_t length;               /* -1: not given */
	char sha256[SHA256_HEX_SIZE]; /* "": not given */
	char sha512[2 * SHA512_SIZE + 1];
};

struct tuf_snapshot {
	int64_t version;
	int64_t expires_s;
	struct tuf_meta_file *files; /* in byte order of roles */
	size_t n_files, cap_files;
};

/* Works for both types; a timestamp has exactly the entry "snapshot". */
MUST_USE int tuf_snapshot_parse(struct tuf_snapshot *out,
                                const struct tuf_envelope *env, struct err *e);
void tuf_snapshot_fini(struct tuf_snapshot *s);
DEFINE_SCOPED_PLACE(tuf_snapshot_fini, struct tuf_snapshot)
/* type is TUF_SNAPSHOT or TUF_TIMESTAMP. */
MUST_USE int tuf_snapshot_write(struct buf *out, enum tuf_type type,
                                const struct tuf_snapshot *s, struct err *e);

const struct tuf_meta_file *tuf_snapshot_find(const struct tuf_snapshot *s,
                                              const char *role);
/* Adds or replaces; length and hash are taken from the bytes. With NULL, only
 * the version is listed. */
void tuf_snapshot_put(struct tuf_snapshot *s, const char *role, int64_t version,
                      const void *bytes, size_t len);

/* The same of bytes whose hash is known. */
void tuf_snapshot_put_hashed(struct tuf_snapshot *s, const char *role,
                             int64_t version, size_t len,
                             const char sha256[SHA256_HEX_SIZE]);

/* ERR_UNTRUSTED when the bytes are not the listed length or hash; a hash
 * algorithm we do not know is a refusal at parsing. */
MUST_USE int tuf_meta_file_check(const struct tuf_meta_file *f,
                                 const void *bytes, size_t len, struct err *e);

#endif
