#include "config.h"

#include "lib/lint/raw.h"

#include "lib/base/num.h"

#include <stdio.h>
#include <string.h>

/* A node and its text for each few bytes of input: far above what a file
 * within any client's limits needs. */
#define RAW_BYTES_MAX ((size_t)256 << 20)

struct parser {
	struct arena *arena;
	const char *start, *p, *end;
	struct err *e;
};

static int value(struct parser *r, struct raw_node *n, int depth);

static int syntax(struct parser *r, const char *what)
{
	return err_code(r->e, ERR_INVALID, "json_syntax", "byte %zu: %s",
	                (size_t)(r->p - r->start), what);
}

static int full(struct parser *r)
{
	return err_code(r->e, ERR_TOO_LARGE, "too_large",
	                "byte %zu: no room for more",
	                (size_t)(r->p - r->start));
}

static void skip_blanks(struct parser *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
	                         *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static bool take(struct parser *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* ---- Strings ---- */

/* Length of the UTF-8 character at p (RFC 3629), 0 when it is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char low, high, second_low, second_high, len;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = forms[i].len;

		if (*p < forms[i].low || *p > forms[i].high)
			continue;
		if (len > left || (len > 1 && (p[1] < forms[i].second_low ||
		                               p[1] > forms[i].second_high)))
			return 0;
		for (size_t k = 2; k < len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return len;
	}
	return 0;
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static int hex4(struct parser *r, uint32_t *out)
{
	*out = 0;
	if (r->end - r->p < 4)
		return syntax(r, "a \\u escape of four digits is needed");
	for (int i = 0; i < 4; i++) {
		char c = *r->p;
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A' + 10);
		else
			return syntax(r, "a hex digit is needed");
		*out = *out << 4 | digit;
		r->p++;
	}
	return 0;
}

/* After "\u". Half of a surrogate pair is no character at all. */
static int escape_u(struct parser *r, char *out, size_t *len)
{
	uint32_t c, low;

	if (hex4(r, &c) != 0)
		return -1;
	if (c >= 0xd800 && c < 0xe000) {
		if (c >= 0xdc00 || !take(r, '\\') || !take(r, 'u'))
			return syntax(r, "half of a surrogate pair");
		if (hex4(r, &low) != 0)
			return -1;
		if (low < 0xdc00 || low > 0xdfff)
			return syntax(r, "half of a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*len += put_utf8(out + *len, c);
	return 0;
}

static int escape(struct parser *r, char *out, size_t *len)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (r->p == r->end)
		return syntax(r, "the string has no end");
	if (take(r, 'u'))
		return escape_u(r, out, len);
	at = *r->p != '\0' ? strchr(from, *r->p) : NULL;
	if (at == NULL)
		return syntax(r, "an unknown escape");
	out[(*len)++] = to[at - from];
	r->p++;
	return 0;
}

/* Where the string that begins after r->p ends: its bytes, escapes and all. */
static int measure(struct parser *r, size_t *len, bool *escaped)
{
	const char *p = r->p;

	*escaped = false;
	while (p < r->end && *p != '"') {
		/* Nearly all of it is this. */
		if ((signed char)*p >= 0x20 && *p != '\\') {
			p++;
			continue;
		}
		size_t n = utf8_len((const unsigned char *)p,
		                    (size_t)(r->end - p));

		if (n == 0 || (unsigned char)*p < 0x20) {
			r->p = p;
			return syntax(r, n == 0 ? "not UTF-8"
			                        : "a control character");
		}
		if (*p == '\\') {
			*escaped = true;
			p++;
		}
		p += p < r->end ? n : 0;
	}
	if (p >= r->end) {
		r->p = p > r->end ? r->end : p;
		return syntax(r, "the string has no end");
	}
	*len = (size_t)(p - r->p);
	return 0;
}

static int string(struct parser *r, struct raw_text *out)
{
	size_t len = 0, n = 0;
	const char *end;
	bool escaped;
	char *to;

	if (!take(r, '"'))
		return syntax(r, "a string is needed");
	if (measure(r, &len, &escaped) != 0)
		return -1;
	*out = (struct raw_text){r->p, len};
	end = r->p + len;
	if (!escaped) {
		r->p = end + 1;
		return 0;
	}
	/* An escape is never shorter than what it stands for. */
	to = arena_alloc(r->arena, len + 1);
	if (to == NULL)
		return full(r);
	while (r->p < end) {
		if (*r->p != '\\') {
			to[n++] = *r->p++;
			continue;
		}
		r->p++;
		if (escape(r, to, &n) != 0)
			return -1;
	}
	*out = (struct raw_text){to, n};
	r->p++;
	return 0;
}

/* ---- Values ---- */

static size_t digits(struct parser *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return (size_t)(r->p - from);
}

/* RFC 8259, section 6. */
static int number(struct parser *r)
{
	(void)take(r, '-');
	if (!take(r, '0') && digits(r) == 0)
		return syntax(r, "a value is needed");
	if (take(r, '.') && digits(r) == 0)
		return syntax(r, "a digit is needed");
	if (take(r, 'e') || take(r, 'E')) {
		if (!take(r, '+'))
			(void)take(r, '-');
		if (digits(r) == 0)
			return syntax(r, "a digit is needed");
	}
	return 0;
}

static int word(struct parser *r, struct raw_node *n)
{
	static const struct {
		const char *text;
		enum raw_type type;
	} words[] = {
		{"null", RAW_NULL}, {"true", RAW_TRUE}, {"false", RAW_FALSE}};

	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(words[i].text);

		if ((size_t)(r->end - r->p) >= len &&
		    memcmp(r->p, words[i].text, len) == 0) {
			n->type = words[i].type;
			r->p += len;
			return 0;
		}
	}
	n->type = RAW_NUMBER;
	return number(r);
}

static int member(struct parser *r, struct raw_node *up,
                  struct raw_node ***last, int depth)
{
	struct raw_node *n = arena_alloc(r->arena, sizeof(*n));

	if (n == NULL)
		return full(r);
	n->up = up;
	n->index = up->n++;
	**last = n;
	*last = &n->next;
	if (up->type == RAW_OBJECT) {
		skip_blanks(r);
		if (string(r, &n->key) != 0)
			return -1;
		skip_blanks(r);
		if (!take(r, ':'))
			return syntax(r, "a ':' is needed");
	}
	return value(r, n, depth);
}

static int container(struct parser *r, struct raw_node *n, char close,
                     int depth)
{
	struct raw_node **last = &n->first;

	if (depth == RAW_DEPTH_MAX)
		return err_code(r->e, ERR_INVALID, "json_depth",
		                "byte %zu: nested deeper than %d",
		                (size_t)(r->p - r->start), RAW_DEPTH_MAX);
	r->p++;
	skip_blanks(r);
	if (take(r, close))
		return 0;
	do {
		if (member(r, n, &last, depth + 1) != 0)
			return -1;
		skip_blanks(r);
	} while (take(r, ','));
	return take(r, close) ? 0 : syntax(r, "a ',' or an end is needed");
}

/* Recurses at most RAW_DEPTH_MAX deep. */
static int value(struct parser *r, struct raw_node *n, int depth)
{
	const char *from;
	int result;

	skip_blanks(r);
	if (r->p == r->end)
		return syntax(r, "a value is needed");
	from = r->p;
	switch (*r->p) {
	case '{':
		n->type = RAW_OBJECT;
		result = container(r, n, '}', depth);
		break;
	case '[':
		n->type = RAW_ARRAY;
		result = container(r, n, ']', depth);
		break;
	case '"':
		n->type = RAW_STRING;
		result = string(r, &n->text);
		break;
	default: result = word(r, n);
	}
	n->source = (struct raw_text){from, (size_t)(r->p - from)};
	return result;
}

static int document(struct raw_doc *d, struct parser *r)
{
	d->root = arena_alloc(&d->arena, sizeof(*d->root));
	if (d->root == NULL)
		return full(r);
	if (value(r, d->root, 0) != 0)
		return -1;
	skip_blanks(r);
	return r->p == r->end ? 0 : syntax(r, "something after the value");
}

int raw_parse(struct raw_doc *out, const void *bytes, size_t len, struct err *e)
{
	struct parser r = {&out->arena, bytes, bytes, (const char *)bytes + len,
	                   e};

	out->root = NULL;
	arena_init(&out->arena, RAW_BYTES_MAX);
	if (document(out, &r) != 0) {
		raw_fini(out);
		return -1;
	}
	return 0;
}

void raw_fini(struct raw_doc *d)
{
	arena_fini(&d->arena);
	d->root = NULL;
}

/* ---- Looking ---- */

bool raw_is(const struct raw_text *t, const char *s)
{
	return t->len == strlen(s) && memcmp(t->bytes, s, t->len) == 0;
}

bool raw_equal(const struct raw_text *a, const struct raw_text *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

bool raw_says(const struct raw_node *n, const char *s)
{
	return n != NULL && n->type == RAW_STRING && raw_is(&n->text, s);
}

const struct raw_node *raw_get(const struct raw_node *n, const char *key)
{
	if (n == NULL || n->type != RAW_OBJECT)
		return NULL;
	for (const struct raw_node *m = n->first; m != NULL; m = m->next)
		if (raw_is(&m->key, key))
			return m;
	return NULL;
}

bool raw_integer(int64_t *out, const struct raw_node *n)
{
	char text[24];
	bool minus;

	if (n == NULL || n->type != RAW_NUMBER || n->source.len >= sizeof(text))
		return false;
	memcpy(text, n->source.bytes, n->source.len);
	text[n->source.len] = '\0';
	minus = text[0] == '-';
	if (num_i64(out, text + minus, minus ? 1 : 0, NUM_JSON_MAX, "", NULL) !=
	    0)
		return false;
	*out = minus ? -*out : *out;
	return true;
}

void raw_where(char *out, size_t size, const struct raw_node *n)
{
	const struct raw_node *way[RAW_DEPTH_MAX + 1];
	size_t steps = 0, used = 0;

	out[0] = '\0';
	for (; n->up != NULL && steps < RAW_DEPTH_MAX; n = n->up)
		way[steps++] = n;
	while (steps-- > 0 && used < size) {
		const struct raw_node *s = way[steps];
		int put = s->up->type == RAW_OBJECT
		                  ? snprintf(out + used, size - used, "%s%.*s",
		                             used > 0 ? "." : "",
		                             (int)(s->key.len < 80 ? s->key.len
		                                                   : 80),
		                             s->key.bytes)
		                  : snprintf(out + used, size - used, "[%zu]",
		                             s->index);

		used += put > 0 ? (size_t)put : 0;
	}
}

uint32_t raw_next_char(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	uint32_t c = *s;
	size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	c = more == 0 ? c : c & (0x3fU >> more);
	for (size_t i = 1; i <= more; i++)
		c = c << 6 | (s[i] & 0x3f);
	*p += more + 1;
	return c;
}
