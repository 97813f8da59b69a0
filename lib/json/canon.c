#include "config.h"

#include "lib/json/canon.h"

#include "lib/base/strsort.h"
#include "lib/json/jw.h"

#include <jansson.h>
#include <string.h>

static int write_value(struct jw *w, const struct js_at *at);

/* Objects of this many members need no memory of their own. Nested at most
 * JS_DEPTH_MAX deep. */
#define FEW STRSORT_FEW

/* `without` may be NULL. */
static int write_members(struct jw *w, const struct js_at *at,
                         const char *without, struct strsort *order,
                         struct strsort *scratch, struct js_at *members,
                         size_t n)
{
	size_t k = 0;

	for (void *i = js_first(at); i; i = js_next(at, i), k++) {
		members[k] = js_member(at, i);
		order[k] = (struct strsort){.text = members[k].key, .nth = k};
	}
	strsort(order, scratch, n);
	jw_object(w);
	for (k = 0; k < n; k++) {
		if (without != NULL && strcmp(order[k].text, without) == 0)
			continue;
		jw_key(w, order[k].text);
		if (write_value(w, &members[order[k].nth]) != 0)
			return -1;
	}
	jw_end_object(w);
	return 0;
}

static int write_many(struct jw *w, const struct js_at *at, const char *without,
                      size_t n)
{
	SCOPED(free)
	struct strsort *order = reallocarray(NULL, 2 * n, sizeof(*order));
	SCOPED(free)
	struct js_at *members = reallocarray(NULL, n, sizeof(*members));

	return order != NULL && members != NULL
	               ? write_members(w, at, without, order, order + n,
	                               members, n)
	               : -1;
}

static int write_object(struct jw *w, const struct js_at *at,
                        const char *without)
{
	struct strsort order[FEW];
	struct js_at members[FEW];
	size_t n = js_count(at);

	return n <= FEW ? write_members(w, at, without, order, NULL, members, n)
	                : write_many(w, at, without, n);
}

/* Recurses at most JS_DEPTH_MAX deep: js_parse() refused the rest. */
static int write_value(struct jw *w, const struct js_at *at)
{
	const json_t *v = at->value;

	switch (json_typeof(v)) {
	case JSON_OBJECT: return write_object(w, at, NULL);
	case JSON_ARRAY:
		jw_array(w);
		for (size_t i = 0; i < js_count(at); i++) {
			struct js_at m = js_element(at, i);

			if (write_value(w, &m) != 0)
				return -1;
		}
		jw_end_array(w);
		return 0;
	case JSON_STRING: jw_str(w, json_string_value(v)); return 0;
	case JSON_INTEGER: jw_int(w, json_integer_value(v)); return 0;
	case JSON_TRUE: jw_bool(w, true); return 0;
	case JSON_FALSE: jw_bool(w, false); return 0;
	case JSON_NULL: jw_null(w); return 0;
	case JSON_REAL: break;
	}
	return -1;
}

static int finish(const struct buf *out, int result, const struct js_at *at,
                  struct err *e)
{
	if (result != 0)
		return err_set(e, ERR_MEMORY, "%s: no memory to sort keys",
		               at->doc->name);
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE,
		               "%s: canonical form above %zu bytes",
		               at->doc->name, out->max_bytes);
	return 0;
}

int canon_write(struct buf *out, const struct js_at *at, struct err *e)
{
	struct jw w;

	jw_init_canonical(&w, out);
	return finish(out, write_value(&w, at), at, e);
}

int canon_write_without(struct buf *out, const struct js_at *obj,
                        const char *key, struct err *e)
{
	struct jw w;

	if (js_is_object(obj, e) != 0)
		return -1;
	jw_init_canonical(&w, out);
	return finish(out, write_object(&w, obj, key), obj, e);
}
