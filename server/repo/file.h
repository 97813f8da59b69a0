/*
 * One metadata file as it is served: the bytes as received, and what was found
 * out of them once.
 *
 * Immutable but for that, and reference-counted; any thread may use one it
 * holds.
 */
#ifndef SERVER_REPO_FILE_H
#define SERVER_REPO_FILE_H

#include "lib/base/err.h"
#include "lib/base/lock.h"
#include "lib/tuf/doc.h"

#include <stdatomic.h>

struct file {
	atomic_int refs;
	char name[TUF_ROLE_MAX + 32]; /* "7.targets.json" */
	char role[TUF_ROLE_MAX];
	int64_t version;
	_Atomic int64_t expires_s; /* 0 until somebody has read it */
	char *bytes;
	size_t len;
	char sha256[SHA256_HEX_SIZE];
	/* What was read in it, and by whom it was found to be signed: for the
	 * sets after it and for the clients that the gate plays. NULL: unread,
	 * or forgotten. */
	struct lock lock; /* of: */
	struct tuf_doc *doc;
};

/* Copies the bytes. The name decides role and version: "N.role.json", or
 * "timestamp.json" with the version given. ERR_INVALID for other names. */
struct file *file_new(const char *name, int64_t version, const void *bytes,
                      size_t len, struct err *e);
struct file *file_ref(struct file *f);
void file_unref(struct file *f);
/* A reference to the document of its bytes, or NULL. */
struct tuf_doc *file_doc(struct file *f);
/* The same, read now if nobody has; nothing is said of its signatures. */
struct tuf_doc *file_read(struct file *f, struct err *e);
/* One that was read from these very bytes; nothing when it has one. */
void file_learn(struct file *f, struct tuf_doc *d);
/* No client is played over it any more. */
void file_forget(struct file *f);
/* For qsort() of struct file *: by role, then by version. */
int file_order(const void *a, const void *b);
/* Which shape its role's files have. */
enum tuf_type file_type(const struct file *f);
/* 0 when it does not read. */
int64_t file_expires_s(const struct file *f);
/* "7.targets.json" -> "targets", 7; of "timestamp.json" the version is left
 * alone. ERR_INVALID for other names. */
MUST_USE int file_parse_name(char role[TUF_ROLE_MAX], int64_t *version,
                             const char *name, struct err *e);

#endif
