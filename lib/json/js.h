/*
 * Strict JSON reading (RFC 8259). Refused although the grammar has it, because
 * readers differ: a name twice in one object, nesting deeper than
 * JS_DEPTH_MAX, numbers with fraction or exponent, beyond 2^53 - 1 in size or
 * "-0", a lone surrogate or "\u0000" in a string. Refused because the grammar
 * has it not: anything but UTF-8 of the shortest form, a byte order mark, raw
 * control bytes in strings, leading zeros, anything after the value. So what
 * is read here means the same in every client that reads it.
 *
 * A document takes 25 bytes for each of its text's at most, asked for in one
 * piece and in proportion to its values: 24 for each '[', '{' and ',', and the
 * text. An object of more than a few names that are not in byte order takes 48
 * more for each of them while it is read. The time is in proportion to the
 * text, but for sorting such names.
 *
 * A place in a document is a `struct js_at`; it knows the way it was
 * reached, so every refusal names it: "plan: stages[2].ppm: 0 is not within
 * 1 to 1000000". Places live on the caller's stack, and one must not outlive
 * those it was reached by. Strings are borrowed from the document.
 *
 * A document is immutable once parsed; any thread may read it.
 */
#ifndef LIB_JSON_JS_H
#define LIB_JSON_JS_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/num.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JS_DEPTH_MAX 32

struct js_node; /* lib/json/parse.h */

/* Stays where it was parsed: places lead back to it. */
struct js_doc {
	struct js_node *nodes;
	const char *text;
	const struct js_node *root;
	char name[64]; /* of the document, for errors */
};

struct js_at {
	const struct js_doc *doc;
	const struct js_node *value;
	const struct js_at *up; /* NULL at the root */
	const char *key;        /* in an object; NULL in an array */
	size_t index;           /* in an array, and while going through one */
};

/* Parses exactly `len` bytes; the caller has bounded len. What is refused is
 * told with its line and column (in characters): "plan: line 3 column 7: '}',
 * a value is needed". ERR_MEMORY, and ERR_TOO_LARGE from 4 GiB. */
MUST_USE int js_parse(struct js_doc *d, const char *name, const void *bytes,
                      size_t len, struct err *e);
/* NULL-safe on a zeroed document. */
void js_fini(struct js_doc *d);
DEFINE_SCOPED_PLACE(js_fini, struct js_doc)

struct js_at js_root(const struct js_doc *d);

/* Objects. */
MUST_USE int js_is_object(const struct js_at *at, struct err *e);
bool js_has(const struct js_at *obj, const char *key);
/* The member, of any type; refused when missing. */
MUST_USE int js_get(struct js_at *out, const struct js_at *obj, const char *key,
                    struct err *e);
/* Members in the order of the file (m.key is the name); none, when it is no
 * object:
 *	for (struct js_at m = js_first(&obj); m.value; m = js_next(&m)) */
struct js_at js_first(const struct js_at *obj);
struct js_at js_next(const struct js_at *member);
/* 0 for what holds nothing. */
size_t js_count(const struct js_at *object_or_array);
/* Refuses members whose name is not in the NULL-ended list. */
MUST_USE int js_only(const struct js_at *obj, const char *const *names,
                     struct err *e);

/* Arrays: refused when it is none, or has fewer or more elements. */
MUST_USE int js_array(size_t *out_len, const struct js_at *at, size_t min,
                      size_t max, struct err *e);
/* i is within its length. */
struct js_at js_element(const struct js_at *array, size_t i);

/* Values. */
MUST_USE int js_as_int(int64_t *out, const struct js_at *at, int64_t min,
                       int64_t max, struct err *e);
MUST_USE int js_as_bool(bool *out, const struct js_at *at, struct err *e);
/* At most max bytes; may be empty. */
MUST_USE int js_as_str(const char **out, const struct js_at *at, size_t max,
                       struct err *e);
/* RFC 3339 as lib/base/rfc3339.h has it; seconds since 1970. */
MUST_USE int js_as_time(int64_t *out_s, const struct js_at *at, struct err *e);
/* Exactly n bytes as lower-case hex. */
MUST_USE int js_as_hex(void *out, size_t n, const struct js_at *at,
                       struct err *e);
/* The index of one of the NULL-ended words. */
MUST_USE int js_as_enum(int *out, const struct js_at *at,
                        const char *const *words, struct err *e);
bool js_is_null(const struct js_at *at);

/* The two steps in one, for members. */
MUST_USE int js_get_int(int64_t *out, const struct js_at *obj, const char *key,
                        int64_t min, int64_t max, struct err *e);
MUST_USE int js_get_bool(bool *out, const struct js_at *obj, const char *key,
                         struct err *e);
MUST_USE int js_get_str(const char **out, const struct js_at *obj,
                        const char *key, size_t max, struct err *e);
MUST_USE int js_get_time(int64_t *out_s, const struct js_at *obj,
                         const char *key, struct err *e);
MUST_USE int js_get_hex(void *out, size_t n, const struct js_at *obj,
                        const char *key, struct err *e);
MUST_USE int js_get_enum(int *out, const struct js_at *obj, const char *key,
                         const char *const *words, struct err *e);
MUST_USE int js_get_array(struct js_at *out, size_t *out_len,
                          const struct js_at *obj, const char *key, size_t min,
                          size_t max, struct err *e);

/* Refuses this place in the same form as the getters: "doc: path: sentence".
 * Always -1. */
int js_refuse(const struct js_at *at, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
