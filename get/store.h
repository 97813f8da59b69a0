/*
 * The folder of trusted metadata: <role>.json, unversioned, in the bytes that
 * were received. What gets in has been verified; each file is replaced whole
 * or not at all, also by a power cut.
 *
 * Several processes may share one store. Who reads or writes holds its lock;
 * between two look-ups it may be let go. When another process has moved the
 * store on meanwhile, this one goes on with what it verified and writes no
 * more, so that a store never goes back.
 */
#ifndef GET_STORE_H
#define GET_STORE_H

#include "lib/tuf/trust.h"

#include <stdbool.h>

struct store {
	char *dir;
	int lock_fd; /* -1: not held */
	/* Hash of root, timestamp and snapshot when the lock was let go. */
	char seen[SHA256_HEX_SIZE];
	bool overtaken;
};

/* Begins a store with a root, whose own signatures must hold; `name` is what
 * errors call it, the file it came from. The folder is made when it is not
 * there. The same root again is fine; another one is ERR_CONFLICT. */
MUST_USE int store_init(const char *dir, const char *name, const void *root,
                        size_t len, struct err *e);

/* Waits for the lock. ERR_NOT_FOUND, code "no_store", when store_init() was
 * not called before. */
MUST_USE int store_open(struct store *out, const char *dir, struct err *e);
void store_close(struct store *s);
DEFINE_SCOPED_PLACE(store_close, struct store)

/* Lets others in, and comes back. */
void store_release(struct store *s);
MUST_USE int store_resume(struct store *s, struct err *e);

/* The stored copy of a role, appended; ERR_NOT_FOUND when there is none. */
MUST_USE int store_load(const struct store *s, const char *role,
                        struct buf *out, struct err *e);
MUST_USE int store_save(struct store *s, const char *role, const void *bytes,
                        size_t len, struct err *e);
/* The root saved next outdates the stored anchors: store_drop() follows, and
 * where a cut comes before it, the next store_open() does it. */
MUST_USE int store_rotate(struct store *s, struct err *e);
/* 0 also when there is none. */
MUST_USE int store_drop(struct store *s, const char *role, struct err *e);

#endif
