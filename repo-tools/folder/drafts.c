#include "config.h"

#include "repo-tools/folder/drafts.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "lib/tuf/envelope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "pawl-drafts/1"
#define FILE_MAX ((size_t)2 << 20)

void drafts_fini(struct drafts *d)
{
	strmap_fini(&d->burned);
	strmap_fini(&d->exported);
	free(d->roots);
	free(d->path);
	*d = (struct drafts){0};
}

static int64_t number_of(const struct strmap *m, const char *role)
{
	size_t v = 0;

	return strmap_get(m, role, &v) ? (int64_t)v : 0;
}

static void raise(struct strmap *m, const char *role, int64_t version)
{
	if (version > number_of(m, role))
		strmap_put(m, role, (size_t)version);
}

int64_t drafts_burned(const struct drafts *d, const char *role)
{
	return number_of(&d->burned, role);
}

int64_t drafts_exported(const struct drafts *d, const char *role)
{
	return number_of(&d->exported, role);
}

bool drafts_is_dropped_root(const struct drafts *d, const char *sha256)
{
	for (size_t i = 0; i < d->n_roots; i++)
		if (strcmp(d->roots[i], sha256) == 0)
			return true;
	return false;
}

void drafts_burn(struct drafts *d, const char *role, int64_t version)
{
	raise(&d->burned, role, version);
}

void drafts_export(struct drafts *d, const char *role, int64_t version)
{
	raise(&d->exported, role, version);
}

int drafts_check_room(const struct drafts *d, const char *sha256, struct err *e)
{
	if (drafts_is_dropped_root(d, sha256) || d->n_roots < DRAFTS_ROOTS_MAX)
		return 0;
	return err_set(e, ERR_TOO_LARGE,
	               "%s: lists %zu roots that were given up, the most "
	               "there may be; the next complete root makes room",
	               d->path, d->n_roots);
}

static void add_root(struct drafts *d, const char *sha256)
{
	if (drafts_is_dropped_root(d, sha256))
		return;
	d->roots = xreallocarray(d->roots, d->n_roots + 1, SHA256_HEX_SIZE);
	memcpy(d->roots[d->n_roots++], sha256, SHA256_HEX_SIZE);
}

int drafts_drop_root(struct drafts *d, const char *sha256, struct err *e)
{
	if (drafts_check_room(d, sha256, e) != 0)
		return -1;
	add_root(d, sha256);
	return 0;
}

void drafts_forget_roots(struct drafts *d)
{
	d->n_roots = 0;
}

static void merge_numbers(struct strmap *m, const struct strmap *other)
{
	for (size_t i = 0; i < other->cap; i++)
		if (other->slots[i].key != NULL)
			raise(m, other->slots[i].key,
			      (int64_t)other->slots[i].value);
}

void drafts_merge(struct drafts *d, const struct drafts *other)
{
	merge_numbers(&d->burned, &other->burned);
	merge_numbers(&d->exported, &other->exported);
	for (size_t i = 0;
	     i < other->n_roots && d->n_roots < DRAFTS_ROOTS_TOLD_MAX; i++)
		add_root(d, other->roots[i]);
}

/* So many drafts in a row nobody gives up. */
#define AHEAD_MAX 64

static int check_numbers(const struct strmap *m, drafts_version_fn *version_of,
                         const void *ctx, struct err *e)
{
	for (size_t i = 0; i < m->cap; i++) {
		const struct strmap_slot *s = &m->slots[i];
		int64_t have =
			s->key != NULL ? version_of(ctx, s->key) : INT64_MAX;

		if (s->key != NULL &&
		    (int64_t)s->value > have + (int64_t)AHEAD_MAX)
			return err_code(e, ERR_INVALID, "bad_numbers",
			                "%s: version %" PRId64 " is called "
			                "used, and %" PRId64
			                " is complete; so far ahead it has to "
			                "be signed by a key of the role first",
			                s->key, (int64_t)s->value, have);
	}
	return 0;
}

int drafts_check(const struct drafts *other, drafts_version_fn *version_of,
                 const void *ctx, struct err *e)
{
	if (check_numbers(&other->burned, version_of, ctx, e) != 0)
		return -1;
	return check_numbers(&other->exported, version_of, ctx, e);
}

static int by_key(const void *a, const void *b)
{
	const struct strmap_slot *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static void put_numbers(struct jw *w, const char *name, const struct strmap *m)
{
	SCOPED(free)
	const struct strmap_slot **order =
		xcalloc(m->len + 1, sizeof(struct strmap_slot *));
	size_t n = 0;

	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key != NULL)
			order[n++] = &m->slots[i];
	if (n > 0)
		qsort(order, n, sizeof(*order), by_key);
	jw_key(w, name);
	jw_object(w);
	for (size_t i = 0; i < n; i++)
		jw_put_int(w, order[i]->key, (int64_t)order[i]->value);
	jw_end_object(w);
}

void drafts_put(struct jw *w, const struct drafts *d)
{
	put_numbers(w, "burned", &d->burned);
	put_numbers(w, "exported", &d->exported);
	jw_key(w, "dropped_roots");
	jw_array(w);
	for (size_t i = 0; i < d->n_roots; i++)
		jw_str(w, d->roots[i]);
	jw_end_array(w);
}

static int take_numbers(struct strmap *m, const struct js_at *obj,
                        const char *name, struct err *e)
{
	struct js_at list;

	if (js_get(&list, obj, name, e) != 0 || js_is_object(&list, e) != 0)
		return -1;
	if (js_count(&list) > TUF_KEYS_MAX * 64)
		return js_refuse(&list, e, "names too many roles");
	for (struct js_at at = js_first(&list); at.value; at = js_next(&at)) {
		int64_t version;

		if (strlen(at.key) >= TUF_ROLE_MAX)
			return js_refuse(&at, e, "is no role");
		if (js_as_int(&version, &at, 1, NUM_JSON_MAX, e) != 0)
			return -1;
		raise(m, at.key, version);
	}
	return 0;
}

int drafts_take(struct drafts *d, const struct js_at *obj, struct err *e)
{
	struct js_at list;
	size_t n;

	if (take_numbers(&d->burned, obj, "burned", e) != 0 ||
	    take_numbers(&d->exported, obj, "exported", e) != 0 ||
	    js_get_array(&list, &n, obj, "dropped_roots", 0, DRAFTS_ROOTS_MAX,
	                 e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&list, i);
		uint8_t hash[SHA256_SIZE];
		const char *text;

		if (js_as_hex(hash, sizeof(hash), &at, e) != 0 ||
		    js_as_str(&text, &at, SHA256_HEX_SIZE - 1, e) != 0 ||
		    drafts_drop_root(d, text, e) != 0)
			return -1;
	}
	return 0;
}

int drafts_read(struct drafts *d, const char *path, struct err *e)
{
	static const char *const schemas[] = {SCHEMA, NULL};
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct js_at root;
	int schema;

	*d = (struct drafts){.path = xstrdup(path)};
	if (!fs_exists(path))
		return 0;
	if (fs_read(&b, path, e) != 0 ||
	    js_parse(&doc, path, buf_str(&b), b.len, e) != 0)
		return -1;
	root = js_root(&doc);
	if (js_is_object(&root, e) != 0 ||
	    js_get_enum(&schema, &root, "schema", schemas, e) != 0)
		return -1;
	return drafts_take(d, &root, e);
}

int drafts_write(const struct drafts *d, struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_put_str(&w, "schema", SCHEMA);
	drafts_put(&w, d);
	jw_end_object(&w);
	buf_putc(&b, '\n');
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "%s: above %zu bytes", d->path,
		               b.max_bytes);
	return fs_write(d->path, buf_str(&b), b.len, 0644, e);
}
