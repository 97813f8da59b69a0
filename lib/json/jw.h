/*
 * Writing JSON as a stream, compact, into a buf. Mistakes of ours (a value
 * without its key, unbalanced ends) are asserts; running over the buf's
 * maximum is the buf's sticky failure, asked once at the end.
 *
 * jw_init_canonical() writes OLPC canonical JSON, the bytes TUF signs: only
 * '"' and '\' are escaped, and the caller emits keys in byte order, which is
 * asserted. For a tree that exists already, see canon.h.
 */
#ifndef LIB_JSON_JW_H
#define LIB_JSON_JW_H

#include "lib/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JW_DEPTH_MAX 32

struct jw {
	struct buf *out;
	bool canonical;
	bool after_key;
	unsigned depth;
	bool is_object[JW_DEPTH_MAX];
	bool has_member[JW_DEPTH_MAX];
	const char *last_key[JW_DEPTH_MAX]; /* borrowed until the next one */
};

void jw_init(struct jw *w, struct buf *out);
void jw_init_canonical(struct jw *w, struct buf *out);

void jw_object(struct jw *w);
void jw_end_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end_array(struct jw *w);
void jw_key(struct jw *w, const char *key);

/* UTF-8; the caller vouches for it. NULL writes null. */
void jw_str(struct jw *w, const char *s);
void jw_int(struct jw *w, int64_t n);
void jw_bool(struct jw *w, bool b);
void jw_null(struct jw *w);
void jw_time(struct jw *w, int64_t utc_s); /* RFC 3339 */
void jw_hex(struct jw *w, const void *bytes, size_t n);
/* One whole value that is JSON already. */
void jw_raw(struct jw *w, const char *json, size_t n);
/* The same, for the caller to write, now: n bytes, or NULL when the buffer has
 * failed. Borrowed until the next call. */
char *jw_room(struct jw *w, size_t n);
/* One whole value in canonical form; where JSON is written, its control bytes
 * are escaped. Reading them back gives the same canonical bytes. */
void jw_canonical(struct jw *w, const char *canonical, size_t n);

/* Key and value in one. */
void jw_put_str(struct jw *w, const char *key, const char *s);
void jw_put_int(struct jw *w, const char *key, int64_t n);
void jw_put_bool(struct jw *w, const char *key, bool b);
void jw_put_null(struct jw *w, const char *key);
void jw_put_time(struct jw *w, const char *key, int64_t utc_s);
void jw_put_hex(struct jw *w, const char *key, const void *bytes, size_t n);

#endif
