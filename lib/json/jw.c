#include "config.h"

#include "lib/json/jw.h"

#include "lib/base/hex.h"
#include "lib/base/rfc3339.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void jw_init(struct jw *w, struct buf *out)
{
	*w = (struct jw){.out = out};
}

void jw_init_canonical(struct jw *w, struct buf *out)
{
	*w = (struct jw){.out = out, .canonical = true};
}

/* The comma before a value that is not its container's first. */
static void separate(struct jw *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->depth == 0)
		return;
	assert(!w->is_object[w->depth - 1]); /* a key is missing */
	if (w->has_member[w->depth - 1])
		buf_putc(w->out, ',');
	w->has_member[w->depth - 1] = true;
}

static void begin(struct jw *w, bool object)
{
	separate(w);
	assert(w->depth < JW_DEPTH_MAX);
	w->is_object[w->depth] = object;
	w->has_member[w->depth] = false;
	w->last_key[w->depth] = NULL;
	w->depth++;
	buf_putc(w->out, object ? '{' : '[');
}

static void end(struct jw *w, bool object)
{
	assert(w->depth > 0 && !w->after_key);
	assert(w->is_object[w->depth - 1] == object);
	w->depth--;
	buf_putc(w->out, object ? '}' : ']');
}

void jw_object(struct jw *w)
{
	begin(w, true);
}

void jw_end_object(struct jw *w)
{
	end(w, true);
}

void jw_array(struct jw *w)
{
	begin(w, false);
}

void jw_end_array(struct jw *w)
{
	end(w, false);
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/* Does any of these eight bytes lie below this, at most 0x80? */
static inline bool any_below(uint64_t bytes, unsigned char limit)
{
	return ((bytes - EACH_BYTE(limit)) & ~bytes & EACH_BYTE(0x80)) != 0;
}

static inline uint64_t eight(const char *p)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return bytes;
}

/* What stands in a string as it is: all but '"' and '\\', and in JSON the
 * control bytes. */
static inline bool is_plain(unsigned char c, bool canonical)
{
	return c != '"' && c != '\\' && (canonical || c >= 0x20);
}

static inline bool are_plain(uint64_t bytes, bool canonical)
{
	return !any_below(bytes ^ EACH_BYTE('"'), 1) &&
	       !any_below(bytes ^ EACH_BYTE('\\'), 1) &&
	       (canonical || !any_below(bytes, 0x20));
}

/* How many of these n bytes stand as they are, before one that does not. */
static size_t plain_length(const char *s, size_t n, bool canonical)
{
	size_t i = 0;

	while (n - i >= 8 && are_plain(eight(s + i), canonical))
		i += 8;
	while (i < n && is_plain((unsigned char)s[i], canonical))
		i++;
	return i;
}

static void escape(struct jw *w, char c)
{
	if (c == '"' || c == '\\')
		buf_printf(w->out, "\\%c", c);
	else
		buf_printf(w->out, "\\u%04x", (unsigned char)c);
}

static void quoted(struct jw *w, const char *s)
{
	size_t n = strlen(s);

	buf_putc(w->out, '"');
	for (;;) {
		size_t plain = plain_length(s, n, w->canonical);

		buf_add(w->out, s, plain);
		if (plain == n)
			break;
		escape(w, s[plain]);
		s += plain + 1;
		n -= plain + 1;
	}
	buf_putc(w->out, '"');
}

void jw_key(struct jw *w, const char *key)
{
	unsigned top = w->depth - 1;

	assert(w->depth > 0 && w->is_object[top] && !w->after_key);
	if (w->canonical) {
		assert(w->last_key[top] == NULL ||
		       strcmp(w->last_key[top], key) < 0);
		w->last_key[top] = key;
	}
	if (w->has_member[top])
		buf_putc(w->out, ',');
	w->has_member[top] = true;
	quoted(w, key);
	buf_putc(w->out, ':');
	w->after_key = true;
}

void jw_str(struct jw *w, const char *s)
{
	if (s == NULL) {
		jw_null(w);
		return;
	}
	separate(w);
	quoted(w, s);
}

void jw_int(struct jw *w, int64_t n)
{
	separate(w);
	buf_put_int(w->out, n);
}

void jw_bool(struct jw *w, bool b)
{
	separate(w);
	buf_puts(w->out, b ? "true" : "false");
}

void jw_null(struct jw *w)
{
	separate(w);
	buf_puts(w->out, "null");
}

void jw_time(struct jw *w, int64_t utc_s)
{
	char text[RFC3339_SIZE];

	rfc3339_format(text, utc_s);
	jw_str(w, text);
}

void jw_hex(struct jw *w, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	char text[2 * 32 + 1];

	separate(w);
	buf_putc(w->out, '"');
	for (size_t piece; n > 0; p += piece, n -= piece) {
		piece = n < 32 ? n : 32;
		hex_encode(text, p, piece);
		buf_add(w->out, text, 2 * piece);
	}
	buf_putc(w->out, '"');
}

void jw_raw(struct jw *w, const char *json, size_t n)
{
	separate(w);
	buf_add(w->out, json, n);
}

char *jw_room(struct jw *w, size_t n)
{
	separate(w);
	return buf_extend(w->out, n);
}

/* Control bytes stand inside strings only. */
void jw_canonical(struct jw *w, const char *canonical, size_t n)
{
	size_t from = 0;

	separate(w);
	for (size_t i = 0; i < n && !w->canonical; i++) {
		while (n - i >= 8 && !any_below(eight(canonical + i), 0x20))
			i += 8;
		if (i >= n || (unsigned char)canonical[i] >= 0x20)
			continue;
		buf_add(w->out, canonical + from, i - from);
		escape(w, canonical[i]);
		from = i + 1;
	}
	buf_add(w->out, canonical + from, n - from);
}

void jw_put_str(struct jw *w, const char *key, const char *s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void jw_put_int(struct jw *w, const char *key, int64_t n)
{
	jw_key(w, key);
	jw_int(w, n);
}

void jw_put_bool(struct jw *w, const char *key, bool b)
{
	jw_key(w, key);
	jw_bool(w, b);
}

void jw_put_null(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_null(w);
}

void jw_put_time(struct jw *w, const char *key, int64_t utc_s)
{
	jw_key(w, key);
	jw_time(w, utc_s);
}

void jw_put_hex(struct jw *w, const char *key, const void *bytes, size_t n)
{
	jw_key(w, key);
	jw_hex(w, bytes, n);
}
