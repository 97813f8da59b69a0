#include "config.h"

#include "lib/json/canon.h"

#include "lib/json/jw.h"
#include "lib/json/parse.h"

#include <string.h>

static void put_quoted(struct buf *out, const char *s, size_t len,
                       bool is_plain)
{
	buf_putc(out, '"');
	if (is_plain) {
		buf_add(out, s, len);
	} else {
		for (const char *end = s + len; s < end; s++) {
			if (*s == '"' || *s == '\\')
				buf_putc(out, '\\');
			buf_putc(out, *s);
		}
	}
	buf_putc(out, '"');
}

static void put_value(struct buf *out, const struct js_doc *d,
                      const struct js_node *v);

/* `without` may be NULL. */
static void put_object(struct buf *out, const struct js_doc *d,
                       const struct js_node *v, const char *without)
{
	char before = '{';

	for (size_t i = 0; i < v->len; i++) {
		const struct js_node *m = parse_sorted(d, v, i);

		if (without != NULL && strcmp(parse_key(d, m), without) == 0)
			continue;
		buf_putc(out, before);
		put_quoted(out, parse_key(d, m), m->key_len, m->key_is_plain);
		buf_putc(out, ':');
		put_value(out, d, m);
		before = ',';
	}
	buf_puts(out, before == '{' ? "{}" : "}");
}

static void put_array(struct buf *out, const struct js_doc *d,
                      const struct js_node *v)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < v->len; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_value(out, d, parse_child(d, v, i));
	}
	buf_putc(out, ']');
}

/* Recurses at most JS_DEPTH_MAX deep: js_parse() refused the rest. */
static void put_value(struct buf *out, const struct js_doc *d,
                      const struct js_node *v)
{
	switch ((enum js_type)v->type) {
	case JS_NULL: buf_puts(out, "null"); return;
	case JS_BOOL: buf_puts(out, v->n != 0 ? "true" : "false"); return;
	case JS_INT: buf_put_int(out, v->n); return;
	case JS_STR:
		put_quoted(out, parse_text(d, v), v->len, v->is_plain);
		return;
	case JS_ARRAY: put_array(out, d, v); return;
	case JS_OBJECT: put_object(out, d, v, NULL); return;
	}
}

static int finish(const struct buf *out, const struct js_at *at, struct err *e)
{
	if (out->no_memory)
		return err_set(e, ERR_MEMORY, "%s: no memory for its bytes",
		               at->doc->name);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE,
		               "%s: canonical form above %zu bytes",
		               at->doc->name, out->max_bytes);
	return 0;
}

int canon_write(struct buf *out, const struct js_at *at, struct err *e)
{
	put_value(out, at->doc, at->value);
	return finish(out, at, e);
}

int canon_write_without(struct buf *out, const struct js_at *obj,
                        const char *key, struct err *e)
{
	if (js_is_object(obj, e) != 0)
		return -1;
	put_object(out, obj->doc, obj->value, key);
	return finish(out, obj, e);
}

void canon_to_json(struct buf *out, const char *canonical, size_t n)
{
	struct jw w;

	jw_init(&w, out);
	jw_canonical(&w, canonical, n);
}
