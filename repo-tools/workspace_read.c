/*
 * Reading and verifying the roles of a repository folder.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/workspace.h"

#include <inttypes.h>
#include <string.h>

void workspace_drop_roles(struct workspace *ws)
{
	for (size_t i = 0; i < ws->n_roles; i++) {
		role_doc_free(ws->roles[i].current);
		role_doc_free(ws->roles[i].staged);
	}
	free(ws->roles);
	ws->roles = NULL;
	ws->n_roles = 0;
}

/* The highest complete version of a role; 0: none. */
struct highest {
	const char *role;
	int64_t version;
};

static int note_version(void *ctx, const char *name, struct err *e)
{
	struct highest *h = ctx;
	char role[TUF_ROLE_MAX];
	int64_t version;

	(void)e;
	if (role_doc_file_name(&version, role, name) &&
	    strcmp(role, h->role) == 0 && version > h->version)
		h->version = version;
	return 0;
}

static int highest_version(int64_t *out, const struct workspace *ws,
                           const char *role, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");
	struct highest h = {role, 0};

	*out = 0;
	if (!fs_exists(dir))
		return 0;
	if (fs_list(dir, note_version, &h, e) != 0)
		return -1;
	*out = h.version;
	return 0;
}

static int read_version(struct role_doc **out, const struct workspace *ws,
                        const char *role, int64_t version, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "metadata/%" PRId64 ".%s.json", version,
	                            role);

	if (role_doc_read(out, path, role, e) != 0)
		return -1;
	if (role_doc_version(*out) != version)
		return err_code(e, ERR_UNTRUSTED, "version",
		                "%s: is version %" PRId64
		                " inside, its name says %" PRId64,
		                path, role_doc_version(*out), version);
	return 0;
}

/* Every root by itself and by the one before it (TUF 5.3). */
static int read_roots(struct workspace_role *r, const struct workspace *ws,
                      struct err *e)
{
	int64_t last;

	if (highest_version(&last, ws, "root", e) != 0)
		return -1;
	for (int64_t v = 1; v <= last; v++) {
		SCOPED(role_doc_free)
		struct role_doc *next = NULL;
		struct tuf_quorum q;

		if (read_version(&next, ws, "root", v, e) != 0)
			return -1;
		q = tuf_root_quorum(&next->root, TUF_ROOT);
		if (tuf_quorum_check(&q, &next->env, e) != 0) {
			err_context(e, "%s", next->path);
			return -1;
		}
		if (r->current != NULL) {
			q = tuf_root_quorum(&r->current->root, TUF_ROOT);
			if (tuf_quorum_check(&q, &next->env, e) != 0) {
				err_context(e,
				            "%s: by the keys of the root "
				            "before it",
				            next->path);
				return -1;
			}
		}
		if (strcmp(next->root.repo, ws->repo) != 0)
			return err_code(e, ERR_UNTRUSTED, "wrong_repo",
			                "%s: is of repository %s, pawl.json "
			                "says %s",
			                next->path, next->root.repo, ws->repo);
		role_doc_free(r->current);
		r->current = MOVE(next);
	}
	return 0;
}

static int read_current(struct workspace_role *r, const struct workspace *ws,
                        struct err *e)
{
	struct tuf_quorum q[2];
	int64_t version;

	if (highest_version(&version, ws, r->name, e) != 0)
		return -1;
	if (version == 0 || workspace_quorums(q, ws, r->name, true) == 0)
		return 0;
	if (read_version(&r->current, ws, r->name, version, e) != 0)
		return -1;
	if (tuf_quorum_check(&q[0], &r->current->env, e) != 0) {
		err_context(e, "%s", r->current->path);
		return -1;
	}
	return 0;
}

/* A staged file that is not above the complete one is what a killed
 * promotion left behind; it says nothing any more. */
static int read_staged(struct workspace_role *r, const struct workspace *ws,
                       struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "staged/%s.json", r->name);
	SCOPED(role_doc_free)
	struct role_doc *d = NULL;
	int64_t have = r->current != NULL ? role_doc_version(r->current) : 0;

	if (!fs_exists(path))
		return 0;
	if (role_doc_read(&d, path, r->name, e) != 0)
		return -1;
	if (role_doc_version(d) <= have)
		return 0;
	if (role_doc_version(d) != have + 1)
		return err_code(e, ERR_CONFLICT, "version",
		                "%s: is version %" PRId64
		                ", the next one is %" PRId64,
		                path, role_doc_version(d), have + 1);
	r->staged = MOVE(d);
	return 0;
}

static struct workspace_role *add_role(struct workspace *ws, const char *name)
{
	struct workspace_role *r;

	ws->roles =
		xreallocarray(ws->roles, ws->n_roles + 1, sizeof(*ws->roles));
	r = &ws->roles[ws->n_roles++];
	*r = (struct workspace_role){0};
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	return r;
}

static int read_delegated(struct workspace *ws, const struct tuf_targets *t,
                          struct err *e)
{
	for (size_t i = 0; t != NULL && i < t->n_roles; i++) {
		const char *name = t->roles[i].name, *product;
		const struct catalog_delegation *row =
			delegations_row(name, &product);
		struct workspace_role *r;

		if (row == NULL || row->online ||
		    workspace_role(ws, name) != NULL)
			continue;
		r = add_role(ws, name);
		if (read_current(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
			return -1;
	}
	return 0;
}

int workspace_reload(struct workspace *ws, struct err *e)
{
	struct workspace_role *r;

	workspace_drop_roles(ws);
	r = add_role(ws, "root");
	if (read_roots(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
		return -1;
	r = add_role(ws, "targets");
	if (read_current(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
		return -1;
	/* Staged delegations may add products or take them away. */
	if (ws->roles[1].current != NULL &&
	    read_delegated(ws, &ws->roles[1].current->targets, e) != 0)
		return -1;
	return read_delegated(ws, workspace_latest_targets(ws, "targets"), e);
}
