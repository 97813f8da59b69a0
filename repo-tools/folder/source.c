#include "config.h"

#include "repo-tools/folder/source.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <string.h>

static int differs(const struct tuf_target *entry, int64_t length,
                   const char *sha256, struct err *e)
{
	if (length != entry->length)
		return err_code(e, ERR_UNTRUSTED, "target_length",
		                "targets/%s: is %" PRId64 " bytes, %" PRId64
		                " are signed",
		                entry->path, length, entry->length);
	return err_code(e, ERR_UNTRUSTED, "target_hash",
	                "targets/%s: has sha256 %.16s…, %.16s… is signed",
	                entry->path, sha256, entry->sha256);
}

/* A plan that came in a bundle and is not on disk yet. */
static bool read_extra(const struct workspace *ws, const char *target,
                       struct buf *out)
{
	SCOPED(free)
	char *name = xasprintf("targets/%s", target);
	size_t i;

	if (!strmap_get(&ws->extra_by_name, name, &i))
		return false;
	buf_add(out, ws->extra[i].bytes, ws->extra[i].len);
	return !buf_failed(out);
}

int source_read_blob(const struct workspace *ws, const struct tuf_target *entry,
                     struct buf *out, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "targets/%s", entry->path);
	char sha256[SHA256_HEX_SIZE];

	if ((fs_exists(path) || !read_extra(ws, entry->path, out)) &&
	    fs_read(out, path, e) != 0)
		return -1;
	hash_sha256_hex(sha256, buf_str(out), out->len);
	if ((int64_t)out->len != entry->length ||
	    strcmp(sha256, entry->sha256) != 0)
		return differs(entry, (int64_t)out->len, sha256, e);
	return 0;
}

int source_check_blob(const struct workspace *ws,
                      const struct tuf_target *entry, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "targets/%s", entry->path);
	char sha256[SHA256_HEX_SIZE];
	int64_t length;

	if (hash_file(sha256, &length, path, e) != 0)
		return -1;
	if (length != entry->length || strcmp(sha256, entry->sha256) != 0)
		return differs(entry, length, sha256, e);
	return 0;
}

static const struct tuf_targets *role(void *ctx, const char *name)
{
	const struct source *s = ctx;
	const struct workspace_role *r;

	if (s->draft_role != NULL && strcmp(s->draft_role, name) == 0)
		return s->draft;
	if (s->drafted != NULL) {
		const struct tuf_targets *t = s->drafted(s->drafted_ctx, name);

		if (t != NULL)
			return t;
	}
	if (!s->complete_only)
		return workspace_latest_targets(s->ws, name);
	r = workspace_role(s->ws, name);
	if (r == NULL)
		return NULL;
	if (r->trial)
		return &r->staged->targets;
	return r->current != NULL ? &r->current->targets : NULL;
}

static int read_blob(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	const struct source *s = ctx;

	if (s->blob_path == NULL || strcmp(s->blob_path, entry->path) != 0)
		return source_read_blob(s->ws, entry, out, e);
	buf_add(out, buf_str(s->blob), s->blob->len);
	return buf_failed(out) ? err_set(e, ERR_TOO_LARGE, "%s: is too large",
	                                 entry->path)
	                       : 0;
}

int source_catalog(struct catalog *out, const struct source *s, struct err *e)
{
	struct source copy = *s;
	const struct workspace_role *root = workspace_role(s->ws, "root");
	const struct role_doc *complete =
		root->trial ? root->staged : root->current;
	struct catalog_source from = {
		.root = s->complete_only ? (complete ? &complete->root : NULL)
	                                 : workspace_latest_root(s->ws),
		.targets = role(&copy, "targets"),
		.role = role,
		.read = read_blob,
		.ctx = &copy,
	};

	if (s->draft_root != NULL)
		from.root = s->draft_root;
	if (from.root == NULL || from.targets == NULL)
		return err_set(e, ERR_NOT_FOUND, "%s: has no %s yet",
		               s->ws->dir,
		               from.root == NULL ? "root" : "targets");
	return catalog_load(out, &from, e);
}
