/*
 * JSON exactly as it stands in a file: numbers as their digits, members in
 * their order, duplicates and all. lib/json reads strictly and so can not
 * show what a more lenient client would read; this can. It judges nothing
 * but whether the bytes are JSON at all.
 *
 * Strings are decoded UTF-8 and may hold NUL bytes; they and the nodes live
 * as long as the document and the bytes it was read from.
 */
#ifndef LIB_LINT_RAW_H
#define LIB_LINT_RAW_H

#include "lib/base/arena.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As lib/json/js.h: what any of the clients and ours surely reads. */
#define RAW_DEPTH_MAX 32

enum raw_type {
	RAW_NULL,
	RAW_FALSE,
	RAW_TRUE,
	RAW_NUMBER,
	RAW_STRING,
	RAW_ARRAY,
	RAW_OBJECT
};

struct raw_text {
	const char *bytes; /* not terminated */
	size_t len;
};

struct raw_node {
	enum raw_type type;
	struct raw_text key;    /* as a member; else empty */
	struct raw_text source; /* the value's own bytes in the file */
	struct raw_text text;   /* of a string, decoded */
	struct raw_node *up, *first, *next;
	size_t n;     /* children */
	size_t index; /* among its siblings */
};

struct raw_doc {
	struct arena arena;
	struct raw_node *root;
};

/* Codes: "json_syntax" (not one JSON value in UTF-8), "json_depth",
 * "too_large". bytes must outlive the document. */
MUST_USE int raw_parse(struct raw_doc *out, const void *bytes, size_t len,
                       struct err *e);
void raw_fini(struct raw_doc *d);
DEFINE_SCOPED_PLACE(raw_fini, struct raw_doc)

/* The first member of this name; NULL when there is none, or n is NULL or no
 * object. */
const struct raw_node *raw_get(const struct raw_node *n, const char *key);
bool raw_is(const struct raw_text *t, const char *s);
/* A string node with exactly this text; false for NULL. */
bool raw_says(const struct raw_node *n, const char *s);
bool raw_equal(const struct raw_text *a, const struct raw_text *b);
/* A whole number without a fraction, an exponent, a leading zero or "-0", and
 * within 2^53 - 1; false for anything else. */
bool raw_integer(int64_t *out, const struct raw_node *n);

/* "signed.roles.root.keyids[2]", cut to size. */
void raw_where(char *out, size_t size, const struct raw_node *n);
/* The next character of UTF-8 text that raw_parse() let pass. */
uint32_t raw_next_char(const char **p);

#endif
