/*
 * What has verified is written: plans, the complete files from the leaves to
 * the root, and the drafts.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/blob.h"
#include "repo-tools/folder/draft_import.h"
#include "repo-tools/folder/source.h"

#include <inttypes.h>
#include <string.h>

/* An extra file that verified goes where it counted from. */
static int write_extra(struct draft_import *m, const char *name, struct err *e)
{
	const struct workspace *ws = m->ws;
	SCOPED(free)
	char *path = workspace_path(ws, "%s", name);
	size_t i;

	if (!strmap_get(&ws->extra_by_name, name, &i))
		return 0;
	if (strncmp(name, "staged/", 7) == 0)
		return fs_write(path, ws->extra[i].bytes, ws->extra[i].len,
		                0644, e);
	if (fs_exists(path))
		return 0;
	m->n_complete++;
	return fs_create(path, ws->extra[i].bytes, ws->extra[i].len, 0644, e);
}

/* Is it new here, and so to be written? */
static bool comes(const struct workspace *ws, const struct workspace_role *r)
{
	SCOPED(free)
	char *name = NULL;
	SCOPED(free)
	char *path = NULL;

	if (r->current == NULL)
		return false;
	name = xasprintf("metadata/%" PRId64 ".%s.json",
	                 role_doc_version(r->current), r->name);
	path = workspace_path(ws, "%s", name);
	return strmap_get(&ws->extra_by_name, name, NULL) && !fs_exists(path);
}

/* A role that comes with its delegator is staged, too, until both are there: a
 * crash between them leaves a file whose time has not come (carry.h). Where a
 * later draft is staged that one stays. */
static bool is_early(const struct workspace *ws, size_t i)
{
	const struct workspace_role *r = &ws->roles[i];
	SCOPED(free)
	char *staged = workspace_path(ws, "staged/%s.json", r->name);

	return i > 0 && comes(ws, r) && comes(ws, &ws->roles[r->delegator]) &&
	       (r->staged == NULL || !fs_exists(staged));
}

/* Numbers that never came here are as good as burned. */
static int write_early(struct draft_import *m, struct err *e)
{
	const struct workspace *ws = m->ws;

	if (m->fresh)
		return 0;
	for (size_t i = 0; i < ws->n_roles; i++)
		if (is_early(ws, i))
			drafts_burn(ws->drafts, ws->roles[i].name,
			            role_doc_version(ws->roles[i].current) - 1);
	if (drafts_write(ws->drafts, e) != 0)
		return -1;
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		SCOPED(free)
		char *staged = workspace_path(ws, "staged/%s.json", r->name);

		if (is_early(ws, i) &&
		    fs_write(staged, buf_str(&r->current->bytes),
		             r->current->bytes.len, 0644, e) != 0)
			return -1;
	}
	return 0;
}

/* After the roles: root counts from its name on. */
static int write_roots(struct draft_import *m, struct err *e)
{
	const struct role_doc *last = m->ws->roles[0].current;
	char name[64];

	for (int64_t v = 1; last != NULL && v <= role_doc_version(last); v++) {
		(void)snprintf(name, sizeof(name),
		               "metadata/%" PRId64 ".root.json", v);
		if (write_extra(m, name, e) != 0)
			return -1;
	}
	return 0;
}

/* Of other roles only the version that a complete delegator vouches for: what
 * a draft delegates to comes as a draft. */
static int write_roles(struct draft_import *m, struct err *e)
{
	for (size_t i = m->ws->n_roles; i > 1; i--) {
		const struct workspace_role *r = &m->ws->roles[i - 1];
		char name[TUF_ROLE_MAX + 64];

		if (r->current == NULL)
			continue;
		(void)snprintf(name, sizeof(name),
		               "metadata/%" PRId64 ".%s.json",
		               role_doc_version(r->current), r->name);
		if (write_extra(m, name, e) != 0)
			return -1;
	}
	return 0;
}

static int write_staged(struct draft_import *m, struct err *e)
{
	for (size_t i = m->ws->n_roles; i > 0; i--) {
		const struct workspace_role *r = &m->ws->roles[i - 1];
		char name[TUF_ROLE_MAX + 64];

		(void)snprintf(name, sizeof(name), "staged/%s.json", r->name);
		if (r->staged != NULL && write_extra(m, name, e) != 0)
			return -1;
	}
	return 0;
}

/* Plans that a role lists, with the bytes it lists; the catalog read them. */
static int write_plans(struct draft_import *m, struct err *e)
{
	for (size_t i = 0; i < m->b->n_plans; i++) {
		const struct bundle_text *p = &m->b->plans[i];
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(PLAN_BYTES_MAX);
		char product[PRODUCT_MAX_LEN + 1], role[TUF_ROLE_MAX];
		const struct tuf_targets *t;
		const struct tuf_target *entry;
		char sha256[SHA256_HEX_SIZE];

		(void)snprintf(product, sizeof(product), "%.*s",
		               (int)strcspn(p->name + 5, "/"), p->name + 5);
		(void)snprintf(role, sizeof(role), "plans.%s", product);
		t = workspace_latest_targets(m->ws, role);
		entry = t != NULL ? tuf_targets_find(t, p->name) : NULL;
		buf_puts(&text, p->text);
		hash_sha256_hex(sha256, buf_str(&text), text.len);
		if (entry != NULL && strcmp(entry->sha256, sha256) == 0 &&
		    blob_write(m->ws, &text, p->name, e) != 0)
			return -1;
	}
	return 0;
}

/* What was given up here before another root came complete would have been its
 * version (drafts.h); the bundle speaks of the next one. */
static void forget_roots(struct draft_import *m)
{
	drafts_forget_roots(m->ws->drafts);
	drafts_merge(m->ws->drafts, &m->b->numbers);
}

static int make_folders(const struct draft_import *m, struct err *e)
{
	SCOPED(free)
	char *metadata = workspace_path(m->ws, "metadata");
	SCOPED(free)
	char *staged = workspace_path(m->ws, "staged");

	if (fs_mkdirs(metadata, 0755, e) != 0)
		return -1;
	return fs_mkdir(staged, 0755, e);
}

int draft_import_write(struct draft_import *m, struct err *e)
{
	SCOPED(holders_fini)
	struct holders h = {0};
	bool root_comes = comes(m->ws, &m->ws->roles[0]);

	holders_read(&h, m->ws);
	for (size_t i = 0; i < m->b->holders.len; i++)
		holders_add(&h, m->b->holders.items[i].keyid,
		            m->b->holders.items[i].label);
	if (make_folders(m, e) != 0 || write_plans(m, e) != 0 ||
	    write_early(m, e) != 0 || write_roles(m, e) != 0 ||
	    write_roots(m, e) != 0)
		return -1;
	if (root_comes)
		forget_roots(m);
	if ((m->fresh && workspace_found(m->ws, e) != 0) ||
	    holders_keep(&h, m->ws, e) != 0 ||
	    drafts_write(m->ws->drafts, e) != 0)
		return -1;
	return write_staged(m, e);
}
