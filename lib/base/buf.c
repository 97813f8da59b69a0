#include "config.h"

#include "lib/base/buf.h"

#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* So much is taken at first, where somebody does not expect more. */
#define LEAST ((size_t)256)

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){.max_bytes = max_bytes};
}

void buf_fini(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

static bool grow(struct buf *b, size_t cap)
{
	char *p = realloc(b->data, cap);

	if (p == NULL)
		return false;
	b->data = p;
	b->cap = cap;
	return true;
}

/* Room for n more bytes and the NUL. */
static bool reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : LEAST;

	if (b->failed || n > b->max_bytes - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + n + 1 <= b->cap)
		return true;
	while (cap < b->len + n + 1)
		cap = cap > SIZE_MAX / 2 ? b->len + n + 1 : cap * 2;
	b->failed = b->no_memory = !grow(b, cap);
	return !b->failed;
}

void buf_expect(struct buf *b, size_t n)
{
	if (b->failed || n >= b->max_bytes - b->len || b->len + n < LEAST ||
	    b->len + n < b->cap || !grow(b, b->len + n + 1))
		return;
	b->data[b->len] = '\0';
}

char *buf_extend_slowly(struct buf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;
	b->len += n;
	b->data[b->len] = '\0';
	return b->data + b->len - n;
}

void buf_add_slowly(struct buf *b, const void *bytes, size_t n)
{
	char *room = buf_extend_slowly(b, n);

	if (room != NULL && n > 0)
		memcpy(room, bytes, n);
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_put_int(struct buf *b, int64_t n)
{
	char text[20], *p = text + sizeof(text);
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if (reserve(b, (size_t)n)) {
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

void buf_reset(struct buf *b)
{
	b->failed = b->no_memory = false;
	buf_cut(b, 0);
}

void buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

bool buf_failed(const struct buf *b)
{
	return b->failed;
}

const char *buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *p = b->data != NULL ? b->data : xstrdup("");

	b->data = NULL;
	b->len = b->cap = 0;
	return p;
}
