/*
 * One error: a kind for machines that branch, a code for machines that match,
 * a sentence for people.
 *
 * A function that can be refused takes `struct err *e` last and returns -1
 * (or NULL) with *e filled; e may be NULL when the caller does not care. The
 * sentence names the object, what was found and what was needed, has no full
 * stop and never carries a secret: the same text reaches the API, the command
 * line, the dashboard and the audit log.
 */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

enum err_kind {
	ERR_NONE = 0,
	ERR_INVALID,         /* the input breaks a rule */
	ERR_USAGE,           /* the command line breaks a rule */
	ERR_UNAUTHENTICATED, /* nobody known is asking */
	ERR_FORBIDDEN,       /* somebody known may not */
	ERR_NOT_FOUND,
	ERR_CONFLICT,    /* true elsewhere or earlier, not here and now */
	ERR_TOO_LARGE,   /* over a documented bound */
	ERR_UNTRUSTED,   /* a signature, hash or version check failed */
	ERR_EXPIRED,     /* was trusted, its time is over */
	ERR_BUSY,        /* come back later */
	ERR_UNREACHABLE, /* the other side does not answer */
	ERR_NO_SPACE,    /* the disk is full */
	ERR_IO,          /* the disk, the database or a socket failed */
	ERR_MEMORY,
	ERR_INTERNAL, /* our own mistake */
};

#define ERR_CODE_MAX 40
#define ERR_MSG_MAX 400

struct err {
	enum err_kind kind;
	char code[ERR_CODE_MAX]; /* stable slug, [a-z0-9_] */
	/* UTF-8, cut when longer, never within a character. Quoted from outside
	 * as it may be, it forges no line: one line, and nothing in it acts on
	 * a terminal. */
	char msg[ERR_MSG_MAX];
};

/* Sets kind and sentence; the code is err_kind_name(kind). Always -1, so that
 * `return err_set(...)` reads as one thought. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a code of its own, where clients must tell cases apart. */
int err_code(struct err *e, enum err_kind kind, const char *code,
             const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ERR_NO_SPACE for ENOSPC and EDQUOT, ERR_NOT_FOUND for ENOENT, else ERR_IO,
 * with the code "file_access" for EACCES and EPERM; appends ": strerror".
 * Always -1. */
int err_errno(struct err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the sentence. Once per layer. */
void err_context(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The default code of a kind: "invalid", "not_found", … */
const char *err_kind_name(enum err_kind kind);

#endif
