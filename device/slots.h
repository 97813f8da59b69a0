/*
 * The two slots an image can boot from, as files: what is known about their
 * content stands in the state, here are the bytes. Nothing trusts a write:
 * after it and the fsync the slot is read back from the medium and hashed
 * (trust.md check 11).
 */
#ifndef DEVICE_SLOTS_H
#define DEVICE_SLOTS_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/hash.h"

#include <stdint.h>

#define SLOT_COUNT 2

struct slots {
	char *path[SLOT_COUNT];
};

/* Below dir, which exists. */
void slots_init(struct slots *s, const char *dir);
void slots_fini(struct slots *s);
DEFINE_SCOPED_PLACE(slots_fini, struct slots)

const char *slots_path(const struct slots *s, int slot);
/* Bytes in it; 0 when it was never written. */
MUST_USE int slots_size(int64_t *out, const struct slots *s, int slot,
                        struct err *e);
MUST_USE int slots_erase(const struct slots *s, int slot, struct err *e);
/* n bytes at `offset`, not synced. */
MUST_USE int slots_write(const struct slots *s, int slot, int64_t offset,
                         const void *bytes, size_t n, struct err *e);
/* fsync, and out of the page cache, so that the next read is of the medium. */
MUST_USE int slots_sync(const struct slots *s, int slot, struct err *e);
/* Adds the first `length` bytes to h. */
MUST_USE int slots_hash(struct hash *h, const struct slots *s, int slot,
                        int64_t length, struct err *e);
/* Reads it back: exactly these bytes, or ERR_UNTRUSTED, code "slot_hash". */
MUST_USE int slots_check(const struct slots *s, int slot, const char *sha256,
                         int64_t length, struct err *e);
/* Fills a slot from a file (the factory's image). */
MUST_USE int slots_fill(const struct slots *s, int slot, const char *path,
                        struct err *e);

#endif
