/*
 * Growing bytes, born with a maximum. An append past the maximum (or past the
 * heap) sets a sticky mark and drops the bytes; a writer appends freely and
 * asks once, at the end, with buf_failed(). `data` is always NUL-terminated,
 * so text may be read as a string.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data; /* never NULL after the first append; see buf_str() */
	size_t len;
	size_t cap;
	size_t max_bytes;
	bool failed;
	bool no_memory; /* it was the heap's end, not the maximum */
};

#define BUF_INIT(max)              \
	{                          \
		.max_bytes = (max) \
	}

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);
/* About n more bytes will follow: takes memory for so many at once, where the
 * maximum allows it and the heap has it. For one call before a loop, not within
 * it. */
void buf_expect(struct buf *b, size_t n);

/* What must grow, or fails; the others call it. */
void buf_add_slowly(struct buf *b, const void *bytes, size_t n);
char *buf_extend_slowly(struct buf *b, size_t n);
/* Most of what is written is written in a few bytes, so these stand here. */
static inline void buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (b->failed || n == 0 || n > b->max_bytes - b->len ||
	    n >= b->cap - b->len) {
		buf_add_slowly(b, bytes, n);
		return;
	}
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
}
static inline void buf_putc(struct buf *b, char c)
{
	if (b->failed || b->len >= b->max_bytes || b->cap - b->len < 2) {
		buf_add_slowly(b, &c, 1);
		return;
	}
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}
/* n more bytes, which hold nothing until the caller writes them, now; or NULL:
 * then the buffer has failed. Borrowed until the next call. */
static inline char *buf_extend(struct buf *b, size_t n)
{
	char *room;

	if (b->failed || n > b->max_bytes - b->len || n >= b->cap - b->len)
		return buf_extend_slowly(b, n);
	room = b->data + b->len;
	b->len += n;
	b->data[b->len] = '\0';
	return room;
}
void buf_puts(struct buf *b, const char *s);
/* In decimal. */
void buf_put_int(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Empties it and forgets a failure; keeps the memory. */
void buf_reset(struct buf *b);
/* Cuts back to an earlier length; does nothing when it is not longer. */
void buf_cut(struct buf *b, size_t len);
bool buf_failed(const struct buf *b);
/* The bytes as a string, "" when empty. */
const char *buf_str(const struct buf *b);
/* Hands the bytes over to the caller, who frees; never NULL. */
char *buf_take(struct buf *b);

DEFINE_SCOPED_PLACE(buf_fini, struct buf)

#endif
