/*
 * One pass over the text. Values wait at the upper end of the block, growing
 * downwards, until their container ends; then the container's children move
 * together to the lower end, growing upwards. A value is in one of the two
 * places, so the block needs no more nodes than there can be values: one for
 * the document, and one for each '[', '{' and ','.
 */
#include "config.h"

#include "lib/json/parse.h"

#include "lib/base/num.h"
#include "lib/base/strsort.h"
#include "lib/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Zeros behind the text: its end, and what a read of eight bytes may touch. */
#define TAIL sizeof(uint64_t)

/* A container that has not ended. */
struct level {
	struct js_node *node; /* itself; what waits below are its children */
	char end;             /* its bracket */
};

struct reader {
	struct js_doc *doc;
	const char *source; /* untouched, for errors */
	char *text;         /* the copy that is decoded in place */
	size_t len;
	struct js_node *done;    /* behind the last node that has its place */
	struct js_node *waiting; /* the newest value */
	struct level levels[JS_DEPTH_MAX];
	unsigned depth;
	struct err *e;
};

/* ---- errors ---- */

/* Where p is, in lines and characters; strings before p may be decoded by now.
 * Always NULL. */
__attribute__((format(printf, 3, 4))) static char *
refuse(const struct reader *r, const char *p, const char *fmt, ...)
{
	size_t line = 1, column = 1;
	char why[160];
	va_list ap;

	for (const char *s = r->source; s < r->source + (p - r->text); s++) {
		if (*s == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*s & 0xc0) != 0x80) {
			column++;
		}
	}
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)err_set(r->e, ERR_INVALID, "%s: line %zu column %zu: %s",
	              r->doc->name, line, column, why);
	return NULL;
}

static char *refuse_for(const struct reader *r, const char *p, const char *need)
{
	unsigned c = (unsigned char)*p;

	if (p == r->text + r->len)
		return refuse(r, p, "the text ends, %s is needed", need);
	if (c > 0x20 && c < 0x7f)
		return refuse(r, p, "'%c', %s is needed", *p, need);
	return refuse(r, p, "byte 0x%02x, %s is needed", c, need);
}

/* ---- strings ---- */

/* Does any of these eight bytes need a look: a quote, a backslash, a control
 * byte, a byte of UTF-8? A borrow may add bytes behind the first such. */
static inline bool needs_look(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return ((x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) |
	         ((x ^ ones * '\\') - ones)) &
	        ones << 7) != 0;
}

static inline char *skip_plain(char *p)
{
	while (!needs_look(p))
		p += 8;
	while (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 &&
	       (unsigned char)*p < 0x80)
		p++;
	return p;
}

/* Four hex digits in either case; -1 when they are none. */
static int read_hex4(const char *p)
{
	int n = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			n = n << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return n;
}

/* At most as many bytes as spelled it: 3 of 6, or 4 of 12. */
static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* "\uXXXX", or two of them for one character; p is at the backslash. */
static char *read_unicode(const struct reader *r, char *p, char **to)
{
	int c = read_hex4(p + 2), low;

	if (c < 0)
		return refuse(r, p, "\\u without four hex digits");
	if (c == 0)
		return refuse(r, p, "\\u0000 in a string");
	if (c < 0xd800 || c > 0xdfff) {
		*to = put_utf8(*to, (unsigned)c);
		return p + 6;
	}
	low = p[6] == '\\' && p[7] == 'u' ? read_hex4(p + 8) : -1;
	if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return refuse(r, p, "half a surrogate pair");
	*to = put_utf8(*to, 0x10000U + ((unsigned)(c & 0x3ff) << 10) +
	                            (unsigned)(low & 0x3ff));
	return p + 12;
}

static char *read_escape(const struct reader *r, char *p, char **to)
{
	static const char spelled[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *s;

	if (p[1] == 'u')
		return read_unicode(r, p, to);
	s = p[1] != '\0' ? strchr(spelled, p[1]) : NULL;
	if (s == NULL)
		return refuse(r, p, "a backslash that begins no escape");
	*(*to)++ = meant[s - spelled];
	return p + 2;
}

/* One character beyond ASCII. */
static char *copy_utf8(const struct reader *r, char *p, char **to)
{
	size_t n = utf8_len(p);

	if (n == 0)
		return refuse(r, p, "a byte 0x%02x that is not UTF-8",
		              (unsigned char)*p);
	memmove(*to, p, n);
	*to += n;
	return p + n;
}

static char *refuse_control(const struct reader *r, const char *p)
{
	if (p == r->text + r->len)
		return refuse(r, p, "the text ends within a string");
	return refuse(r, p, "a control byte 0x%02x in a string",
	              (unsigned char)*p);
}

/* p is at the first byte that needs a look. */
static char *read_mixed(const struct reader *r, char *p, char **end,
                        bool *is_plain)
{
	char *to = p;

	while (*p != '"') {
		char *from = p;

		if ((unsigned char)*p >= 0x80) {
			p = copy_utf8(r, p, &to);
		} else if (*p == '\\') {
			*is_plain = false;
			p = read_escape(r, p, &to);
		} else {
			return refuse_control(r, p);
		}
		if (p == NULL)
			return NULL;
		from = p;
		p = skip_plain(p);
		memmove(to, from, (size_t)(p - from));
		to += p - from;
	}
	*end = to;
	return p;
}

/* p is behind the opening quote; gives what is behind the closing one. */
static inline char *read_string(const struct reader *r, char *p, uint32_t *at,
                                uint32_t *len, bool *is_plain)
{
	char *begin = p, *end = NULL;

	*is_plain = true;
	p = skip_plain(p);
	if (*p == '"')
		end = p;
	else
		p = read_mixed(r, p, &end, is_plain);
	if (p == NULL)
		return NULL;
	*end = '\0';
	*at = (uint32_t)(begin - r->text);
	*len = (uint32_t)(end - begin);
	return p + 1;
}

/* ---- the other values that hold nothing ---- */

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *read_number(const struct reader *r, char *p, struct js_node *out)
{
	const char *begin = p;
	int64_t n = 0;

	if (*p == '-' && !is_digit(*++p))
		return refuse_for(r, p, "a digit");
	if (*p == '0' && is_digit(p[1]))
		return refuse(r, p, "a number that begins with zero");
	/* Once it is beyond the largest it stays so. */
	for (; is_digit(*p); p++)
		if (n <= NUM_JSON_MAX)
			n = n * 10 + (*p - '0');
	if (*p == '.' || *p == 'e' || *p == 'E')
		return refuse(r, begin, "numbers are integers here");
	if (n > NUM_JSON_MAX)
		return refuse(r, begin, "the integer is beyond 2^53 - 1");
	if (n == 0 && *begin == '-')
		return refuse(r, begin, "zero has no sign");
	out->type = JS_INT;
	out->n = *begin == '-' ? -n : n;
	return p;
}

static char *read_word(const struct reader *r, char *p, struct js_node *out)
{
	static const struct {
		const char *word;
		size_t len;
		enum js_type type;
		int64_t n;
	} words[] = {{"true", 4, JS_BOOL, 1},
	             {"false", 5, JS_BOOL, 0},
	             {"null", 4, JS_NULL, 0}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(p, words[i].word, words[i].len) != 0)
			continue;
		out->type = (uint8_t)words[i].type;
		out->n = words[i].n;
		return p + words[i].len;
	}
	return refuse_for(r, p, "a value");
}

/* ---- containers ---- */

static inline char *skip_space(char *p)
{
	while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')
		p++;
	return p;
}

static struct js_node *add_value(struct reader *r)
{
	*--r->waiting = (struct js_node){0};
	return r->waiting;
}

/* Where the name before this one and this one stand to each other, as
 * strcmp() has it. */
static int compare_keys(const struct reader *r, const struct js_node *a,
                        const struct js_node *b)
{
	uint32_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(r->text + a->key, r->text + b->key, n);

	return order != 0
	               ? order
	               : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static char *refuse_duplicate(const struct reader *r,
                              const struct js_node *member)
{
	const char *key = r->text + member->key;

	return refuse(r, key - 1, "the name '%.64s' is a duplicate", key);
}

/* A name and its colon; the value that follows is the member's. */
static char *read_key(struct reader *r, char *p)
{
	struct js_node *object = r->levels[r->depth - 1].node;
	struct js_node *before = r->waiting, *m;
	int order;

	if (*p != '"')
		return refuse_for(r, p, "a name in quotes");
	m = add_value(r);
	p = read_string(r, p + 1, &m->key, &m->key_len, &m->key_is_plain);
	if (p == NULL)
		return NULL;
	order = before != object ? compare_keys(r, before, m) : -1;
	if (order == 0)
		return refuse_duplicate(r, m);
	if (order > 0)
		object->in_order = false;
	p = skip_space(p);
	return *p == ':' ? p + 1 : refuse_for(r, p, "':'");
}

/* What follows a '[', a '{' or a ',' within them: up to the value itself. */
static char *read_next(struct reader *r, char *p)
{
	p = skip_space(p);
	if (r->levels[r->depth - 1].end == '}')
		return read_key(r, p);
	(void)add_value(r);
	return p;
}

/* Room for the names of an object's members and for two words each, or for one
 * where there are few. */
static int order_members(const struct reader *r, struct js_node *object,
                         const char **names, uint64_t *order)
{
	struct js_node *first = &r->doc->nodes[object->at];
	size_t n = object->len, same;

	for (size_t i = 0; i < n; i++)
		names[i] = r->text + (first - i)->key;
	same = strsort(order, n > STRSORT_FEW ? order + n : NULL,
	               &(struct strsort_texts){names, sizeof(*names)}, n);
	for (size_t i = 0; i < n; i++) {
		if (same > 0 && i > 0 &&
		    strcmp(names[order[i - 1]], names[order[i]]) == 0) {
			(void)refuse_duplicate(r, first - order[i]);
			return -1;
		}
		(first - i)->order = (uint32_t)order[i];
	}
	return 0;
}

/* Needs no memory. */
static int order_few(const struct reader *r, struct js_node *object)
{
	const char *names[STRSORT_FEW];
	uint64_t order[STRSORT_FEW];

	return order_members(r, object, names, order);
}

static int order_many(const struct reader *r, struct js_node *object)
{
	SCOPED(free)
	const char **names = reallocarray(NULL, object->len, sizeof(*names));
	SCOPED(free)
	uint64_t *order =
		reallocarray(NULL, 2 * (size_t)object->len, sizeof(*order));

	if (names == NULL || order == NULL)
		return err_set(r->e, ERR_MEMORY, "%s: no memory for %u names",
		               r->doc->name, (unsigned)object->len);
	return order_members(r, object, names, order);
}

/* All children have come: they get their place. */
static int close_container(struct reader *r)
{
	struct js_node *c = r->levels[--r->depth].node;
	size_t n = (size_t)(c - r->waiting);

	/* The places may overlap, when the block is nearly full. */
	memmove(r->done, r->waiting, n * sizeof(*c));
	r->done += n;
	r->waiting = c;
	c->len = (uint32_t)n;
	c->at = n > 0 ? (uint32_t)(r->done - r->doc->nodes - 1) : 0;
	if (c->in_order || c->type == JS_ARRAY)
		return 0;
	return n <= STRSORT_FEW ? order_few(r, c) : order_many(r, c);
}

/* p is at the bracket; gives what is behind it and not white space. */
static char *open_container(struct reader *r, char *p)
{
	struct level *l = &r->levels[r->depth];
	bool is_object = *p == '{';

	if (r->depth == JS_DEPTH_MAX)
		return refuse(r, p, "nested deeper than %d", JS_DEPTH_MAX);
	r->depth++;
	l->node = r->waiting;
	l->node->type = is_object ? JS_OBJECT : JS_ARRAY;
	l->node->in_order = true;
	l->end = is_object ? '}' : ']';
	return skip_space(p + 1);
}

/* What stands behind a value: the ends of containers, and the comma before
 * the next value. */
static char *read_behind(struct reader *r, char *p)
{
	while (r->depth > 0) {
		char end = r->levels[r->depth - 1].end;

		p = skip_space(p);
		if (*p == ',')
			return read_next(r, p + 1);
		if (*p != end)
			return refuse_for(
				r, p, end == '}' ? "',' or '}'" : "',' or ']'");
		if (close_container(r) != 0)
			return NULL;
		p++;
	}
	return p;
}

/* ---- the document ---- */

/* Into the newest node; for a container, what stands before its first child's
 * value or its end. */
static inline char *read_value(struct reader *r, char *p, bool *begins)
{
	struct js_node *v = r->waiting;

	p = skip_space(p);
	*begins = false;
	if (*p == '"') {
		v->type = JS_STR;
		return read_string(r, p + 1, &v->at, &v->len, &v->is_plain);
	}
	if (*p == '{' || *p == '[') {
		p = open_container(r, p);
		if (p == NULL || *p == r->levels[r->depth - 1].end)
			return p;
		*begins = true;
		return read_next(r, p);
	}
	return is_digit(*p) || *p == '-' ? read_number(r, p, v)
	                                 : read_word(r, p, v);
}

static int read_document(struct reader *r)
{
	char *p = r->text;
	bool begins;

	(void)add_value(r);
	do {
		p = read_value(r, p, &begins);
		if (p != NULL && !begins)
			p = read_behind(r, p);
	} while (p != NULL && r->depth > 0);
	if (p == NULL)
		return -1;
	p = skip_space(p);
	if (p != r->text + r->len) {
		(void)refuse_for(r, p, "the end");
		return -1;
	}
	*r->done = *r->waiting;
	r->doc->root = r->done;
	return 0;
}

static inline bool is_separator(char c)
{
	return c == ',' || (c | 0x20) == '{'; /* '[' too */
}

/* No more values than these bytes can separate. In pieces of a fixed length,
 * which compilers turn into vectors. */
static size_t count_nodes(const char *p, size_t len)
{
	size_t n = 1;

	for (; len >= 64; p += 64, len -= 64) {
		unsigned char piece = 0;

		for (int i = 0; i < 64; i++)
			piece = (unsigned char)(piece + is_separator(p[i]));
		n += piece;
	}
	for (; len > 0; p++, len--)
		n += is_separator(*p);
	return n;
}

int parse(struct js_doc *d, const char *bytes, size_t len, struct err *e)
{
	size_t nodes = count_nodes(bytes, len), size;
	struct reader r = {.doc = d, .source = bytes, .len = len, .e = e};

	/* Places are 32 bits wide; so the sum needs no look on 64-bit
	 * machines, and on others cannot be had. */
	if (len >= UINT32_MAX - TAIL)
		return err_set(e, ERR_TOO_LARGE, "%s: %zu bytes", d->name, len);
	if (__builtin_mul_overflow(nodes, sizeof(*d->nodes), &size) ||
	    __builtin_add_overflow(size, len + TAIL, &size) ||
	    (d->nodes = malloc(size)) == NULL)
		return err_set(e, ERR_MEMORY, "%s: no memory for %zu bytes",
		               d->name, len);
	r.done = d->nodes;
	r.waiting = d->nodes + nodes;
	d->text = r.text = (char *)(d->nodes + nodes);
	if (len > 0)
		memcpy(r.text, bytes, len);
	memset(r.text + len, 0, TAIL);
	return read_document(&r);
}
