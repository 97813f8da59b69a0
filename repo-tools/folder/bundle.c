#include "config.h"

#include "repo-tools/folder/bundle.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/folder/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "pawl-draft/1"

void bundle_signed_sha256(char out[SHA256_HEX_SIZE], const struct role_doc *d)
{
	hash_sha256_hex(out, buf_str(&d->env.canonical), d->env.canonical.len);
}

/* ---- Writing ---- */

static void put_draft(struct jw *w, const struct workspace_role *r)
{
	char sha256[SHA256_HEX_SIZE];

	jw_object(w);
	jw_put_str(w, "role", r->name);
	jw_put_int(w, "version", role_doc_version(r->staged));
	jw_key(w, "base");
	if (r->current == NULL) {
		jw_null(w);
	} else {
		bundle_signed_sha256(sha256, r->current);
		jw_object(w);
		jw_put_int(w, "version", role_doc_version(r->current));
		jw_put_str(w, "sha256", sha256);
		jw_end_object(w);
	}
	jw_put_str(w, "text", buf_str(&r->staged->bytes));
	jw_end_object(w);
}

static void put_text(struct jw *w, const char *key, const char *name,
                     const char *text)
{
	jw_object(w);
	jw_put_str(w, key, name);
	jw_put_str(w, "text", text);
	jw_end_object(w);
}

/* Every root: whoever starts with the first follows the chain. */
static int put_roots(struct jw *w, const struct workspace *ws, struct err *e)
{
	const struct role_doc *last = ws->roles[0].current;

	for (int64_t v = 1; last != NULL && v <= role_doc_version(last); v++) {
		SCOPED(free)
		char *path =
			workspace_path(ws, "metadata/%" PRId64 ".root.json", v);
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(TUF_ROOT_MAX);
		char name[BUNDLE_NAME_MAX];

		(void)snprintf(name, sizeof(name), "%" PRId64 ".root.json", v);
		if (fs_read(&text, path, e) != 0)
			return -1;
		put_text(w, "name", name, buf_str(&text));
	}
	return 0;
}

static int put_metadata(struct jw *w, const struct workspace *ws, struct err *e)
{
	if (put_roots(w, ws, e) != 0)
		return -1;
	for (size_t i = 1; i < ws->n_roles; i++) {
		const struct role_doc *d = ws->roles[i].current;
		char name[BUNDLE_NAME_MAX];

		if (d == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               role_doc_version(d), d->role);
		put_text(w, "name", name, buf_str(&d->bytes));
	}
	return 0;
}

static int put_plans_of(struct jw *w, const struct workspace *ws,
                        const struct role_doc *d, const struct role_doc *but,
                        struct err *e)
{
	for (size_t i = 0; d != NULL && i < d->targets.n_targets; i++) {
		const struct tuf_target *t = &d->targets.targets[i];
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(PLAN_BYTES_MAX);

		if (but != NULL &&
		    tuf_targets_find(&but->targets, t->path) != NULL)
			continue;
		if (source_read_blob(ws, t, &text, e) != 0)
			return -1;
		put_text(w, "path", t->path, buf_str(&text));
	}
	return 0;
}

/* What the catalog reads, before and after the drafts. */
static int put_plans(struct jw *w, const struct workspace *ws, struct err *e)
{
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		const char *product;
		const struct catalog_delegation *row =
			delegations_row(r->name, &product);

		if (row != &catalog_delegations[1])
			continue;
		if (put_plans_of(w, ws, r->current, NULL, e) != 0 ||
		    put_plans_of(w, ws, r->staged, r->current, e) != 0)
			return -1;
	}
	return 0;
}

static int put_all(struct jw *w, const struct workspace *ws,
                   const struct holders *h, struct err *e)
{
	jw_object(w);
	jw_put_str(w, "schema", SCHEMA);
	jw_put_str(w, "repo", ws->repo);
	jw_put_time(w, "made", ws->now_s);
	jw_put_time(w, "created", ws->created_s);
	jw_key(w, "drafts");
	jw_array(w);
	for (size_t i = 0; i < ws->n_roles; i++)
		if (ws->roles[i].staged != NULL)
			put_draft(w, &ws->roles[i]);
	jw_end_array(w);
	jw_key(w, "metadata");
	jw_array(w);
	if (put_metadata(w, ws, e) != 0)
		return -1;
	jw_end_array(w);
	jw_key(w, "plans");
	jw_array(w);
	if (put_plans(w, ws, e) != 0)
		return -1;
	jw_end_array(w);
	jw_key(w, "holders");
	holders_put(w, h);
	drafts_put(w, ws->drafts);
	jw_end_object(w);
	return 0;
}

int bundle_write(struct buf *out, const struct workspace *ws,
                 const struct holders *h, struct err *e)
{
	struct jw w;

	jw_init(&w, out);
	if (put_all(&w, ws, h, e) != 0)
		return -1;
	buf_putc(out, '\n');
	if (buf_failed(out))
		return err_set(e, ERR_TOO_LARGE, "the draft is above %zu bytes",
		               out->max_bytes);
	return 0;
}

/* ---- Reading ---- */

void bundle_fini(struct bundle *b)
{
	free(b->drafts);
	free(b->metadata);
	free(b->plans);
	holders_fini(&b->holders);
	drafts_fini(&b->numbers);
	js_fini(&b->doc);
	*b = (struct bundle){0};
}

static int read_base(struct bundle_draft *d, const struct js_at *at,
                     struct err *e)
{
	static const char *const names[] = {"version", "sha256", NULL};
	uint8_t hash[SHA256_SIZE];
	struct js_at base;

	if (js_get(&base, at, "base", e) != 0)
		return -1;
	if (js_is_null(&base))
		return 0;
	if (js_is_object(&base, e) != 0 || js_only(&base, names, e) != 0 ||
	    js_get_int(&d->base_version, &base, "version", 1, NUM_JSON_MAX,
	               e) != 0 ||
	    js_get_hex(hash, sizeof(hash), &base, "sha256", e) != 0)
		return -1;
	hex_encode(d->base_sha256, hash, sizeof(hash));
	return 0;
}

static int read_draft(struct bundle_draft *d, const struct js_at *at,
                      struct err *e)
{
	static const char *const names[] = {"role", "version", "base", "text",
	                                    NULL};

	if (js_is_object(at, e) != 0 || js_only(at, names, e) != 0 ||
	    js_get_str(&d->role, at, "role", TUF_ROLE_MAX - 1, e) != 0 ||
	    js_get_int(&d->version, at, "version", 1, NUM_JSON_MAX, e) != 0 ||
	    js_get_str(&d->text, at, "text", TUF_TARGETS_MAX, e) != 0)
		return -1;
	if (!name_is_file(d->role))
		return js_refuse(at, e, "role is no name of a role");
	return read_base(d, at, e);
}

static int read_drafts(struct bundle *b, const struct js_at *root,
                       struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "drafts", 0, BUNDLE_FILES_MAX, e) !=
	    0)
		return -1;
	b->drafts = xcalloc(n + 1, sizeof(*b->drafts));
	for (; b->n_drafts < n; b->n_drafts++) {
		struct js_at at = js_element(&list, b->n_drafts);

		if (read_draft(&b->drafts[b->n_drafts], &at, e) != 0)
			return -1;
	}
	return 0;
}

/* Names become names of files; nothing but a name may come. */
static int read_texts(struct bundle_text **out, size_t *n,
                      const struct js_at *root, const char *member,
                      const char *key, bool (*is_name)(const char *),
                      size_t max, struct err *e)
{
	const char *const names[] = {key, "text", NULL};
	struct js_at list;
	size_t count;

	if (js_get_array(&list, &count, root, member, 0, BUNDLE_FILES_MAX, e) !=
	    0)
		return -1;
	*out = xcalloc(count + 1, sizeof(**out));
	for (; *n < count; (*n)++) {
		struct js_at at = js_element(&list, *n);
		struct bundle_text *t = &(*out)[*n];

		if (js_is_object(&at, e) != 0 || js_only(&at, names, e) != 0 ||
		    js_get_str(&t->name, &at, key, TARGET_MAX_LEN, e) != 0 ||
		    js_get_str(&t->text, &at, "text", max, e) != 0)
			return -1;
		if (!is_name(t->name))
			return js_refuse(&at, e, "'%.80s' is no %s", t->name,
			                 key);
	}
	return 0;
}

/* What a folder of ours may hold: no online role's file. */
static bool is_metadata_name(const char *name)
{
	char role[TUF_ROLE_MAX];
	int64_t version;

	return name_is_file(name) && role_doc_file_name(&version, role, name) &&
	       strlen(name) < BUNDLE_NAME_MAX &&
	       strcmp(role, "snapshot") != 0 &&
	       strcmp(role, "timestamp") != 0 && !delegations_is_online(role);
}

static bool is_plan_path(const char *path)
{
	return name_is_target(path) && strncmp(path, "plan/", 5) == 0;
}

static int read_head(struct bundle *b, const struct js_at *root, struct err *e)
{
	static const char *const schemas[] = {SCHEMA, NULL};
	static const char *const names[] = {
		"schema", "repo",     "made",          "created",
		"drafts", "metadata", "plans",         "holders",
		"burned", "exported", "dropped_roots", NULL};
	uint8_t id[(REPO_ID_SIZE - 1) / 2];
	int schema;

	if (js_is_object(root, e) != 0 ||
	    js_get_enum(&schema, root, "schema", schemas, e) != 0 ||
	    js_only(root, names, e) != 0 ||
	    js_get_hex(id, sizeof(id), root, "repo", e) != 0 ||
	    js_get_time(&b->made_s, root, "made", e) != 0 ||
	    js_get_time(&b->created_s, root, "created", e) != 0)
		return -1;
	hex_encode(b->repo, id, sizeof(id));
	return 0;
}

static int parse(struct bundle *b, struct err *e)
{
	struct js_at root = js_root(&b->doc), holders;

	if (read_head(b, &root, e) != 0 || read_drafts(b, &root, e) != 0 ||
	    read_texts(&b->metadata, &b->n_metadata, &root, "metadata", "name",
	               is_metadata_name, TUF_TARGETS_MAX, e) != 0 ||
	    read_texts(&b->plans, &b->n_plans, &root, "plans", "path",
	               is_plan_path, PLAN_BYTES_MAX, e) != 0 ||
	    js_get(&holders, &root, "holders", e) != 0 ||
	    holders_take(&b->holders, &holders, e) != 0)
		return -1;
	return drafts_take(&b->numbers, &root, e);
}

int bundle_read(struct bundle *b, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(BUNDLE_MAX);

	*b = (struct bundle){0};
	if (fs_read(&text, path, e) != 0 ||
	    js_parse(&b->doc, path, buf_str(&text), text.len, e) != 0 ||
	    parse(b, e) != 0) {
		bundle_fini(b);
		return -1;
	}
	return 0;
}
