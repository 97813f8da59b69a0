#include "config.h"

#include "lib/json/js.h"

#include "lib/base/hex.h"
#include "lib/base/rfc3339.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(const void *v)
{
	switch (json_typeof((const json_t *)v)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "an array";
	case JSON_STRING: return "a string";
	case JSON_INTEGER: return "an integer";
	case JSON_REAL: return "a real number";
	case JSON_TRUE:
	case JSON_FALSE: return "a boolean";
	case JSON_NULL: return "null";
	}
	return "nothing";
}

/* Brackets outside strings nest at most JS_DEPTH_MAX deep. Looked at before
 * parsing, because the parser recurses. */
static int check_depth(const char *name, const char *p, size_t len,
                       struct err *e)
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
				return err_set(e, ERR_INVALID,
				               "%s: nested deeper than %d",
				               name, JS_DEPTH_MAX);
		} else if (p[i] == '}' || p[i] == ']') {
			depth--;
		}
	}
	return 0;
}

/* jansson has no switch for "integers only" and none for our bound. The
 * recursion is bounded by check_depth(). */
static int check_numbers(const struct js_at *at, struct err *e)
{
	const json_t *v = at->value;
	json_int_t n;

	if (json_is_real(v))
		return js_refuse(at, e, "numbers are integers here");
	if (json_is_integer(v)) {
		n = json_integer_value(v);
		if (n > NUM_JSON_MAX || n < -NUM_JSON_MAX)
			return js_refuse(at, e,
			                 "the integer is beyond 2^53 - 1");
	}
	if (json_is_object(v)) {
		for (void *i = js_first(at); i; i = js_next(at, i)) {
			struct js_at m = js_member(at, i);

			if (check_numbers(&m, e) != 0)
				return -1;
		}
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		struct js_at m = js_element(at, i);

		if (check_numbers(&m, e) != 0)
			return -1;
	}
	return 0;
}

int js_parse(struct js_doc *d, const char *name, const void *bytes, size_t len,
             struct err *e)
{
	json_error_t je;

	*d = (struct js_doc){0};
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	if (check_depth(d->name, bytes, len, e) != 0)
		return -1;
	d->root = json_loadb(bytes, len,
	                     JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
	if (d->root == NULL)
		return err_set(e, ERR_INVALID, "%s: line %d column %d: %s",
		               d->name, je.line, je.column, je.text);
	struct js_at root = js_root(d);
	if (check_numbers(&root, e) != 0) {
		js_fini(d);
		return -1;
	}
	return 0;
}

void js_fini(struct js_doc *d)
{
	json_decref(d->root);
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
	if (json_typeof((const json_t *)at->value) != JSON_OBJECT)
		return js_refuse(at, e, "%s, an object is needed",
		                 type_name(at->value));
	return 0;
}

bool js_has(const struct js_at *obj, const char *key)
{
	return json_object_get(obj->value, key) != NULL;
}

int js_get(struct js_at *out, const struct js_at *obj, const char *key,
           struct err *e)
{
	const json_t *v = json_object_get(obj->value, key);

	if (v == NULL) {
		if (js_is_object(obj, e) != 0)
			return -1;
		return js_refuse(obj, e, "'%s' is missing", key);
	}
	*out = (struct js_at){
		.doc = obj->doc, .value = v, .up = obj, .key = key};
	return 0;
}

/* jansson's iterators want a mutable object and do not change it. */
static json_t *mutable(const void *v)
{
	union {
		const void *in;
		json_t *out;
	} u = {.in = v};

	return u.out;
}

void *js_first(const struct js_at *obj)
{
	return json_object_iter(mutable(obj->value));
}

void *js_next(const struct js_at *obj, void *iter)
{
	return json_object_iter_next(mutable(obj->value), iter);
}

struct js_at js_member(const struct js_at *obj, void *iter)
{
	return (struct js_at){.doc = obj->doc,
	                      .value = json_object_iter_value(iter),
	                      .up = obj,
	                      .key = json_object_iter_key(iter)};
}

size_t js_count(const struct js_at *at)
{
	return json_object_size(at->value) + json_array_size(at->value);
}

int js_only(const struct js_at *obj, const char *const *names, struct err *e)
{
	for (void *i = js_first(obj); i; i = js_next(obj, i)) {
		struct js_at m = js_member(obj, i);
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
	size_t n = json_array_size(at->value);

	if (json_typeof((const json_t *)at->value) != JSON_ARRAY)
		return js_refuse(at, e, "%s, an array is needed",
		                 type_name(at->value));
	if (n < min || n > max)
		return js_refuse(at, e, "%zu elements, %zu to %zu are allowed",
		                 n, min, max);
	*out_len = n;
	return 0;
}

struct js_at js_element(const struct js_at *array, size_t i)
{
	return (struct js_at){.doc = array->doc,
	                      .value = json_array_get(array->value, i),
	                      .up = array,
	                      .index = i};
}

int js_as_int(int64_t *out, const struct js_at *at, int64_t min, int64_t max,
              struct err *e)
{
	int64_t n;

	if (!json_is_integer((const json_t *)at->value))
		return js_refuse(at, e, "%s, an integer is needed",
		                 type_name(at->value));
	n = json_integer_value(at->value);
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
	if (!json_is_boolean((const json_t *)at->value))
		return js_refuse(at, e, "%s, true or false is needed",
		                 type_name(at->value));
	*out = json_is_true((const json_t *)at->value);
	return 0;
}

int js_as_str(const char **out, const struct js_at *at, size_t max,
              struct err *e)
{
	size_t n = json_string_length(at->value);

	if (!json_is_string((const json_t *)at->value))
		return js_refuse(at, e, "%s, a string is needed",
		                 type_name(at->value));
	if (n > max)
		return js_refuse(at, e, "%zu bytes, %zu are allowed", n, max);
	*out = json_string_value(at->value);
	return 0;
}

int js_as_time(int64_t *out_s, const struct js_at *at, struct err *e)
{
	const char *text;

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
	const char *text;

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
	const char *text;

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
	return json_typeof((const json_t *)at->value) == JSON_NULL;
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
