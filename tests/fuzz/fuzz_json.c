/*
 * Our reader and jansson on the same bytes, under the same rules: what one
 * takes the other takes, and as the same tree. Ours refuses two things more:
 * "-0", which jansson reads as zero, and a byte of zero behind a number or a
 * word, which jansson loses.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/json/canon.h"
#include "tests/support/fuzz.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ---- the rules, over jansson ---- */

/* Brackets outside strings; jansson reads far deeper. */
static bool is_deep(const char *p, size_t len)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				in_string = false;
		} else if (p[i] == '"') {
			in_string = true;
		} else if (p[i] == '{' || p[i] == '[') {
			if (++depth > JS_DEPTH_MAX)
				return true;
		} else if (p[i] == '}' || p[i] == ']') {
			depth--;
		}
	}
	return false;
}

static bool has_only_our_numbers(json_t *v)
{
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_real(v))
		return false;
	if (json_is_integer(v))
		return json_integer_value(v) <= NUM_JSON_MAX &&
		       json_integer_value(v) >= -NUM_JSON_MAX;
	json_object_foreach(
		v, key, child) if (!has_only_our_numbers(child)) return false;
	json_array_foreach(
		v, i, child) if (!has_only_our_numbers(child)) return false;
	return true;
}

static json_t *read_by_jansson(const uint8_t *data, size_t size)
{
	json_t *tree;

	if (size == 0 || memchr(data, 0, size) != NULL ||
	    is_deep((const char *)data, size))
		return NULL;
	tree = json_loadb((const char *)data, size,
	                  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (tree != NULL && !has_only_our_numbers(tree)) {
		json_decref(tree);
		return NULL;
	}
	return tree;
}

/* ---- the two trees are one ---- */

static void compare(const struct js_at *ours, json_t *theirs);

static void compare_objects(const struct js_at *ours, json_t *theirs)
{
	struct js_at m = js_first(ours), found;
	const char *key;
	json_t *child;

	must(js_is_object(ours, NULL) == 0);
	must(js_count(ours) == json_object_size(theirs));
	json_object_foreach(theirs, key, child)
	{
		must(m.value != NULL && strcmp(m.key, key) == 0);
		must(js_get(&found, ours, key, NULL) == 0);
		must(found.value == m.value);
		compare(&m, child);
		m = js_next(&m);
	}
	must(m.value == NULL);
}

static void compare_arrays(const struct js_at *ours, json_t *theirs)
{
	size_t n, i;
	json_t *child;

	must(js_array(&n, ours, 0, SIZE_MAX, NULL) == 0);
	must(n == json_array_size(theirs));
	json_array_foreach(theirs, i, child)
	{
		struct js_at at = js_element(ours, i);

		compare(&at, child);
	}
}

static void compare(const struct js_at *ours, json_t *theirs)
{
	const char *s;
	int64_t n;
	bool b;

	switch (json_typeof(theirs)) {
	case JSON_OBJECT: compare_objects(ours, theirs); return;
	case JSON_ARRAY: compare_arrays(ours, theirs); return;
	case JSON_STRING:
		must(js_as_str(&s, ours, SIZE_MAX, NULL) == 0);
		must(strcmp(s, json_string_value(theirs)) == 0);
		return;
	case JSON_INTEGER:
		must(js_as_int(&n, ours, INT64_MIN, INT64_MAX, NULL) == 0);
		must(n == json_integer_value(theirs));
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		must(js_as_bool(&b, ours, NULL) == 0);
		must(b == json_is_true(theirs));
		return;
	case JSON_NULL: must(js_is_null(ours)); return;
	case JSON_REAL: break;
	}
	abort();
}

/* ---- the canonical form, over jansson ---- */

static void write_by_jansson(struct buf *out, json_t *v);

static void write_string(struct buf *out, const char *s)
{
	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

static int by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void write_object(struct buf *out, json_t *v)
{
	SCOPED(free)
	const char **keys = xcalloc(json_object_size(v), sizeof(*keys));
	const char *key;
	json_t *child;
	size_t n = 0;

	json_object_foreach(v, key, child) keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_bytes);
	buf_putc(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		write_string(out, keys[i]);
		buf_putc(out, ':');
		write_by_jansson(out, json_object_get(v, keys[i]));
	}
	buf_putc(out, '}');
}

static void write_by_jansson(struct buf *out, json_t *v)
{
	json_t *child;
	size_t i;

	if (json_is_object(v)) {
		write_object(out, v);
	} else if (json_is_array(v)) {
		buf_putc(out, '[');
		json_array_foreach(v, i, child)
		{
			if (i > 0)
				buf_putc(out, ',');
			write_by_jansson(out, child);
		}
		buf_putc(out, ']');
	} else if (json_is_string(v)) {
		write_string(out, json_string_value(v));
	} else if (json_is_integer(v)) {
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	} else {
		buf_puts(out, json_is_true(v)    ? "true"
		              : json_is_false(v) ? "false"
		                                 : "null");
	}
}

FUZZ_TARGET(json)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	SCOPED(buf_fini)
	struct buf one = BUF_INIT(size);
	SCOPED(buf_fini)
	struct buf two = BUF_INIT(size);
	json_t *theirs = read_by_jansson(data, size);
	struct err e = {0};
	struct js_at top;

	if (js_parse(&doc, "fuzz", data, size, &e) != 0) {
		must(theirs == NULL || strstr(e.msg, "zero has no sign"));
		json_decref(theirs);
		return;
	}
	must(theirs != NULL);
	top = js_root(&doc);
	compare(&top, theirs);
	must(canon_write(&one, &top, NULL) == 0);
	write_by_jansson(&two, theirs);
	must(one.len == two.len);
	must(memcmp(buf_str(&one), buf_str(&two), one.len) == 0);
	json_decref(theirs);
}
