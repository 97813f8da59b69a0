/*
 * How a document lies in memory once it is read; for lib/json alone, everybody
 * else asks js.h.
 *
 * One block holds all nodes and behind them a copy of the text, in which the
 * strings are decoded where they stand (a decoded string is never longer than
 * what spells it) and end in NUL. A node stands for a value and, in an object,
 * for the name before it. The children of one container lie side by side,
 * backwards: child i is nodes[at - i].
 */
#ifndef LIB_JSON_PARSE_H
#define LIB_JSON_PARSE_H

#include "lib/json/js.h"

enum js_type { JS_NULL, JS_BOOL, JS_INT, JS_STR, JS_ARRAY, JS_OBJECT };

struct js_node {
	union {
		int64_t n; /* JS_INT, JS_BOOL */
		struct {
			/* A string's place in the text; a container's first
			 * child. */
			uint32_t at;
			uint32_t len; /* bytes; children */
		};
	};
	uint32_t key; /* place in the text */
	uint32_t key_len;
	/* Of child i of an object that is not in order: which child is the
	 * i-th in byte order. */
	uint32_t order;
	uint8_t type;      /* enum js_type */
	bool in_order;     /* an object's names rise in byte order */
	bool is_plain;     /* a string that was spelled without escapes */
	bool key_is_plain; /* the same of the name */
};

/* What js_parse() documents. */
MUST_USE int parse(struct js_doc *d, const char *bytes, size_t len,
                   struct err *e);

static inline const struct js_node *
parse_child(const struct js_doc *d, const struct js_node *container, size_t i)
{
	return &d->nodes[container->at - i];
}

/* The i-th member of an object in byte order. */
static inline const struct js_node *
parse_sorted(const struct js_doc *d, const struct js_node *object, size_t i)
{
	return parse_child(d, object,
	                   object->in_order ? i
	                                    : parse_child(d, object, i)->order);
}

static inline const char *parse_key(const struct js_doc *d,
                                    const struct js_node *member)
{
	return d->text + member->key;
}

static inline const char *parse_text(const struct js_doc *d,
                                     const struct js_node *string)
{
	return d->text + string->at;
}

#endif
