#include "config.h"

#include "lib/json/js.h"

#include "lib/base/hex.h"
#include "lib/base/rfc3339.h"
#include "lib/json/parse.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(const struct js_at *at)
{
	switch ((enum js_type)at->value->type) {
	case JS_NULL: return "null";
	case JS_BOOL: return "a boolean";
	case JS_INT: return "an integer";
	case JS_STR: return "a string";
	case JS_ARRAY: return "an array";
	case JS_OBJECT: return "an object";
	}
	return "nothing";
}

int js_parse(struct js_doc *d, const char *name, const void *bytes, size_t len,
             struct err *e)
{
	*d = (struct js_doc){0};
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	if (parse(d, bytes, len, e) != 0) {
		js_fini(d);
		return -1;
	}
	return 0;
}

void js_fini(struct js_doc *d)
{
	free(d->nodes);
	d->nodes = NULL;
	d->text = NULL;
	d->root = NULL;
}

struct js_at js_root(const struct js_doc *d)
{
	return (struct js_at){.doc = d, .value = d->root};
}

/* Steps shown in an error; a longer way keeps its end. */
#define PATH_STEPS 8

int js_refuse(const struct js_at *at, struct err *e, const char *fmt, ...)
{
	const struct js_at *way[PATH_STEPS];
	char path[256] = "", why[256];
	size_t n = 0, used = 0;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	for (const struct js_at *p = at; p->up && n < PATH_STEPS; p = p->up)
		way[n++] = p;
	while (n-- > 0 && used < sizeof(path)) {
		int put;

		if (way[n]->key != NULL)
			put = snprintf(path + used, sizeof(path) - used,
			               "%s%.64s", used ? "." : "", way[n]->key);
		else
			put = snprintf(path + used, sizeof(path) - used,
			               "[%zu]", way[n]->index);
		used += put > 0 ? (size_t)put : 0;
	}
	return err_set(e, ERR_INVALID, "%s: %s%s%s", at->doc->name, path,
	               *path ? ": " : "", why);
}

int js_is_object(const struct js_at *at, struct err *e)
{
	if (at->value->type != JS_OBJECT)
		return js_refuse(at, e, "%s, an object is needed",
		                 type_name(at));
	return 0;
}

/* Up to this many members are looked at one after the other. */
#define FEW 8

static const struct js_node *find_among_few(const struct js_at *obj,
                                            const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < obj->value->len; i++) {
		const struct js_node *m = parse_child(obj->doc, obj->value, i);

		if (m->key_len == len &&
		    memcmp(parse_key(obj->doc, m), key, len) == 0)
			return m;
	}
	return NULL;
}

static const struct js_node *find_among_many(const struct js_at *obj,
                                             const char *key)
{
	size_t low = 0, high = obj->value->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct js_node *m =
			parse_sorted(obj->doc, obj->value, mid);
		int order = strcmp(parse_key(obj->doc, m), key);

		if (order == 0)
			return m;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* NULL: it has none of that name, or is no object. */
static const struct js_node *find(const struct js_at *obj, const char *key)
{
	if (obj->value->type != JS_OBJECT)
		return NULL;
	return obj->value->len <= FEW ? find_among_few(obj, key)
	                              : find_among_many(obj, key);
}

bool js_has(const struct js_at *obj, const char *key)
{
	return find(obj, key) != NULL;
}

int js_get(struct js_at *out, const struct js_at *obj, const char *key,
           struct err *e)
{
	const struct js_node *v = find(obj, key);

	if (v == NULL) {
		if (js_is_object(obj, e) != 0)
			return -1;
		return js_refuse(obj, e, "'%s' is missing", key);
	}
	*out = (struct js_at){
		.doc = obj->doc, .value = v, .up = obj, .key = key};
	return 0;
}

static bool is_container(const struct js_at *at)
{
	return at->value->type == JS_OBJECT || at->value->type == JS_ARRAY;
}

size_t js_count(const struct js_at *at)
{
	return is_container(at) ? at->value->len : 0;
}

static struct js_at member(const struct js_at *obj, size_t i)
{
	struct js_at m = {.doc = obj->doc, .up = obj, .index = i};

	if (obj->value->type == JS_OBJECT && i < obj->value->len) {
		m.value = parse_child(obj->doc, obj->value, i);
		m.key = parse_key(obj->doc, m.value);
	}
	return m;
}

struct js_at js_first(const struct js_at *obj)
{
	return member(obj, 0);
}

struct js_at js_next(const struct js_at *m)
{
	return member(m->up, m->index + 1);
}

int js_only(const struct js_at *obj, const char *const *names, struct err *e)
{
	for (struct js_at m = js_first(obj); m.value; m = js_next(&m)) {
		const char *const *n = names;

		while (*n != NULL && strcmp(*n, m.key) != 0)
			n++;
		if (*n == NULL)
			return js_refuse(&m, e, "is not known here");
	}
	return 0;
}

int js_array(size_t *out_len, const struct js_at *at, size_t min, size_t max,
             struct err *e)
{
	size_t n = js_count(at);

	if (at->value->type != JS_ARRAY)
		return js_refuse(at, e, "%s, an array is needed",
		                 type_name(at));
	if (n < min || n > max)
		return js_refuse(at, e, "%zu elements, %zu to %zu are allowed",
		                 n, min, max);
	*out_len = n;
	return 0;
}

struct js_at js_element(const struct js_at *array, size_t i)
{
	assert(array->value->type == JS_ARRAY && i < array->value->len);
	return (struct js_at){.doc = array->doc,
	                      .value = parse_child(array->doc, array->value, i),
	                      .up = array,
	                      .index = i};
}

int js_as_int(int64_t *out, const struct js_at *at, int64_t min, int64_t max,
              struct err *e)
{
	int64_t n = at->value->n;

	if (at->value->type != JS_INT)
		return js_refuse(at, e, "%s, an integer is needed",
		                 type_name(at));
	if (n < min || n > max)
		return js_refuse(at, e,
		                 "%" PRId64 " is not within %" PRId64
		                 " to %" PRId64,
		                 n, min, max);
	*out = n;
	return 0;
}

int js_as_bool(bool *out, const struct js_at *at, struct err *e)
{
	if (at->value->type != JS_BOOL)
		return js_refuse(at, e, "%s, true or false is needed",
		                 type_name(at));
	*out = at->value->n != 0;
	return 0;
}

int js_as_str(const char **out, const struct js_at *at, size_t max,
              struct err *e)
{
	size_t n = at->value->len;

	if (at->value->type != JS_STR)
		return js_refuse(at, e, "%s, a string is needed",
		                 type_name(at));
	if (n > max)
		return js_refuse(at, e, "%zu bytes, %zu are allowed", n, max);
	*out = parse_text(at->doc, at->value);
	return 0;
}

int js_as_time(int64_t *out_s, const struct js_at *at, struct err *e)
{
	const char *text = NULL;

	if (js_as_str(&text, at, 64, e) != 0)
		return -1;
	if (rfc3339_parse(out_s, text) != 0)
		return js_refuse(at, e,
		                 "'%.64s' is not a time like "
		                 "2026-11-20T20:37:00Z",
		                 text);
	return 0;
}

int js_as_hex(void *out, size_t n, const struct js_at *at, struct err *e)
{
	const char *text = NULL;

	if (js_as_str(&text, at, SIZE_MAX, e) != 0)
		return -1;
	if (hex_decode(out, n, text) != 0)
		return js_refuse(at, e, "%zu lower-case hex digits are needed",
		                 2 * n);
	return 0;
}

int js_as_enum(int *out, const struct js_at *at, const char *const *words,
               struct err *e)
{
	const char *text = NULL;

	if (js_as_str(&text, at, 64, e) != 0)
		return -1;
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return 0;
		}
	return js_refuse(at, e, "'%.64s' is not one of the known words", text);
}

bool js_is_null(const struct js_at *at)
{
	return at->value->type == JS_NULL;
}

int js_get_int(int64_t *out, const struct js_at *obj, const char *key,
               int64_t min, int64_t max, struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1
	                                     : js_as_int(out, &at, min, max, e);
}

int js_get_bool(bool *out, const struct js_at *obj, const char *key,
                struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1 : js_as_bool(out, &at, e);
}

int js_get_str(const char **out, const struct js_at *obj, const char *key,
               size_t max, struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1 : js_as_str(out, &at, max, e);
}

int js_get_time(int64_t *out_s, const struct js_at *obj, const char *key,
                struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1 : js_as_time(out_s, &at, e);
}

int js_get_hex(void *out, size_t n, const struct js_at *obj, const char *key,
               struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1 : js_as_hex(out, n, &at, e);
}

int js_get_enum(int *out, const struct js_at *obj, const char *key,
                const char *const *words, struct err *e)
{
	struct js_at at;

	return js_get(&at, obj, key, e) != 0 ? -1
	                                     : js_as_enum(out, &at, words, e);
}

int js_get_array(struct js_at *out, size_t *out_len, const struct js_at *obj,
                 const char *key, size_t min, size_t max, struct err *e)
{
	return js_get(out, obj, key, e) != 0
	               ? -1
	               : js_array(out_len, out, min, max, e);
}
