/*
 * Reading and verifying the roles of a repository folder.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/folder/carry.h"
#include "repo-tools/folder/workspace.h"

#include <inttypes.h>
#include <string.h>

static void free_roles(struct workspace_role *roles, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		role_doc_free(roles[i].current);
		role_doc_free(roles[i].staged);
	}
	free(roles);
}

void workspace_drop_roles(struct workspace *ws)
{
	free_roles(ws->roles, ws->n_roles);
	ws->roles = NULL;
	ws->n_roles = ws->cap_roles = 0;
	strmap_fini(&ws->by_name);
	strmap_fini(&ws->highest);
	if (ws->drafts != NULL)
		drafts_fini(ws->drafts);
	free(ws->drafts);
	ws->drafts = NULL;
	free(ws->order);
	ws->order = NULL;
}

static int note_version(void *ctx, const char *name, struct err *e)
{
	struct strmap *highest = ctx;
	char role[TUF_ROLE_MAX];
	int64_t version;
	size_t have = 0;

	(void)e;
	if (!role_doc_file_name(&version, role, name))
		return 0;
	if (!strmap_get(highest, role, &have) || (size_t)version > have)
		strmap_put(highest, role, (size_t)version);
	return 0;
}

/* One look at the folder, however many roles it has. */
static int note_versions(struct workspace *ws, struct err *e)
{
	static const char below[] = "metadata/";
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");

	for (size_t i = 0; i < ws->n_extra; i++)
		if (strncmp(ws->extra[i].name, below, sizeof(below) - 1) == 0 &&
		    note_version(&ws->highest,
		                 ws->extra[i].name + sizeof(below) - 1, e) != 0)
			return -1;
	return fs_exists(dir) ? fs_list(dir, note_version, &ws->highest, e) : 0;
}

static int64_t highest_version(const struct workspace *ws, const char *role)
{
	size_t version = 0;

	return strmap_get(&ws->highest, role, &version) ? (int64_t)version : 0;
}

static struct role_doc *take_if_same(struct role_doc **d,
                                     const struct buf *bytes)
{
	return *d != NULL && (*d)->bytes.len == bytes->len &&
	                       memcmp(buf_str(&(*d)->bytes), buf_str(bytes),
	                              bytes->len) == 0
	               ? MOVE(*d)
	               : NULL;
}

/* The same bytes, staged or complete, were parsed before. */
static struct role_doc *known_doc(const struct workspace *ws, const char *role,
                                  const struct buf *bytes)
{
	struct role_doc *d;
	size_t i;

	if (!strmap_get(&ws->before->by_name, role, &i))
		return NULL;
	d = take_if_same(&ws->before->roles[i].staged, bytes);
	return d != NULL ? d
	                 : take_if_same(&ws->before->roles[i].current, bytes);
}

static int read_doc(struct role_doc **out, const struct workspace *ws,
                    const char *path, const char *role, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(role_doc_max(role));

	*out = read_ahead_take(ws->ahead, path);
	if (*out != NULL)
		return 0;
	if (fs_read(&bytes, path, e) != 0)
		return -1;
	*out = known_doc(ws, role, &bytes);
	if (*out == NULL)
		return role_doc_take_buf(out, path, role, &bytes, e);
	free((*out)->path);
	(*out)->path = xstrdup(path);
	return 0;
}

/* What is complete comes from the folder, before an extra file of its name; a
 * staged file is what an import has made of it. */
static int read_file(struct role_doc **out, const struct workspace *ws,
                     const char *name, const char *role, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "%s", name);
	size_t i;

	if (!strmap_get(&ws->extra_by_name, name, &i) ||
	    (strncmp(name, "staged/", 7) != 0 && fs_exists(path)))
		return read_doc(out, ws, path, role, e);
	return role_doc_take(out, path, role, ws->extra[i].bytes,
	                     ws->extra[i].len, e);
}

static int read_version(struct role_doc **out, const struct workspace *ws,
                        const char *role, int64_t version, struct err *e)
{
	SCOPED(free)
	char *name = xasprintf("metadata/%" PRId64 ".%s.json", version, role);

	if (read_file(out, ws, name, role, e) != 0)
		return -1;
	if (role_doc_version(*out) != version)
		return err_code(e, ERR_UNTRUSTED, "version",
		                "%s: is version %" PRId64
		                " inside, its name says %" PRId64,
		                (*out)->path, role_doc_version(*out), version);
	return 0;
}

/* Every root by itself and by the one before it (TUF 5.3). */
static int read_roots(struct workspace_role *r, const struct workspace *ws,
                      struct err *e)
{
	int64_t last = highest_version(ws, "root");

	for (int64_t v = 1; v <= last; v++) {
		SCOPED(role_doc_free)
		struct role_doc *next = NULL;
		struct tuf_quorum q;

		if (read_version(&next, ws, "root", v, e) != 0)
			return -1;
		q = tuf_root_quorum(&next->root, TUF_ROOT);
		if (role_doc_check(next, &q, e) != 0) {
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

/* This one has no say yet, the one before it still has. */
static int read_earlier(struct workspace_role *r, struct workspace *ws,
                        int64_t version, struct err *e)
{
	struct tuf_quorum q[2];

	role_doc_free(r->current);
	r->current = NULL;
	r->early = version;
	while (--version > 0) {
		SCOPED(free)
		char *path = workspace_path(ws, "metadata/%" PRId64 ".%s.json",
		                            version, r->name);

		if (fs_exists(path))
			break;
	}
	strmap_put(&ws->highest, r->name, (size_t)version);
	if (version == 0 || workspace_quorums(q, ws, r->name, true) == 0)
		return 0;
	if (read_version(&r->current, ws, r->name, version, e) != 0)
		return -1;
	if (role_doc_check(r->current, &q[0], e) == 0)
		return 0;
	err_context(e, "%s", r->current->path);
	return -1;
}

/* By its complete delegator. What only a staged one delegates to may have been
 * promoted just before it, or be left of a role of that name that is gone:
 * nobody vouches for it yet, and there is no complete version. */
static int read_current(struct workspace_role *r, struct workspace *ws,
                        struct err *e)
{
	int64_t version = highest_version(ws, r->name);
	struct tuf_quorum q[2];
	bool vouched = workspace_quorums(q, ws, r->name, true) > 0;

	if (version == 0)
		return 0;
	if (read_version(&r->current, ws, r->name, version, e) != 0)
		return -1;
	if (vouched && role_doc_check(r->current, &q[0], e) == 0)
		return 0;
	if (carry_is_early(ws, r))
		return read_earlier(r, ws, version, e);
	if (vouched) {
		err_context(e, "%s", r->current->path);
		return -1;
	}
	role_doc_free(r->current);
	r->current = NULL;
	return 0;
}

bool workspace_is_given_up(const struct drafts *d, const struct role_doc *draft)
{
	const struct buf *bytes = &draft->env.canonical;
	char sha256[SHA256_HEX_SIZE];

	if (!role_doc_is_root(draft))
		return role_doc_version(draft) <= drafts_burned(d, draft->role);
	hash_sha256_hex(sha256, buf_str(bytes), bytes->len);
	return drafts_is_dropped_root(d, sha256);
}

/* Not above the complete one: a killed promotion left it. A burned number:
 * it was given up. Either says nothing any more. */
static bool is_over(const struct workspace *ws, const struct workspace_role *r,
                    const struct role_doc *d)
{
	return (r->current != NULL &&
	        role_doc_version(d) <= role_doc_version(r->current)) ||
	       workspace_is_given_up(ws->drafts, d);
}

static int read_staged(struct workspace_role *r, const struct workspace *ws,
                       struct err *e)
{
	SCOPED(free)
	char *name = xasprintf("staged/%s.json", r->name);
	SCOPED(free)
	char *path = workspace_path(ws, "%s", name);
	SCOPED(role_doc_free)
	struct role_doc *d = NULL;
	int64_t next = workspace_next_version(ws, r->name);

	if (!fs_exists(path) && !strmap_get(&ws->extra_by_name, name, NULL))
		return 0;
	if (read_file(&d, ws, name, r->name, e) != 0)
		return -1;
	if (is_over(ws, r, d))
		return 0;
	/* One more when a crash came between a new draft and the note that
	 * its forerunner is burned. */
	if (role_doc_version(d) != next &&
	    (role_doc_is_root(d) || role_doc_version(d) != next + 1))
		return err_code(e, ERR_CONFLICT, "version",
		                "%s: is version %" PRId64
		                ", the next one is %" PRId64,
		                d->path, role_doc_version(d), next);
	r->staged = MOVE(d);
	return 0;
}

static struct workspace_role *add_role(struct workspace *ws, const char *name,
                                       size_t delegator, bool bin)
{
	struct workspace_role *r;

	if (ws->n_roles == ws->cap_roles) {
		ws->cap_roles = ws->cap_roles > 0 ? 2 * ws->cap_roles : 16;
		ws->roles = xreallocarray(ws->roles, ws->cap_roles,
		                          sizeof(*ws->roles));
	}
	strmap_put(&ws->by_name, name, ws->n_roles);
	r = &ws->roles[ws->n_roles++];
	*r = (struct workspace_role){.delegator = delegator, .bin = bin};
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	return r;
}

/* As many roles as anybody has use for; the catalog says more about them. */
#define ROLES_MAX (4 * (size_t)BINS_MAX)

static bool was_read(const struct workspace *ws, const char *role)
{
	size_t i;

	if (workspace_role(ws, role) != NULL)
		return true;
	return strmap_get(&ws->before->by_name, role, &i) &&
	       (ws->before->roles[i].current != NULL ||
	        ws->before->roles[i].staged != NULL);
}

/* The bins that d delegates to come in one piece. */
static void look_ahead(struct workspace *ws, const struct role_doc *d)
{
	const struct tuf_targets *t = d != NULL ? &d->targets : NULL;
	struct tuf_quorum by = {0};
	struct bins bins = {0};
	char name[TUF_ROLE_MAX];

	if (t == NULL || bins_read(&bins, d->role, t, NULL) != 0)
		return;
	if (bins.present)
		by = t->succinct.present ? tuf_succinct_quorum(t)
		                         : tuf_targets_quorum(t, &t->roles[0]);
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		bins_name(name, &bins, i);
		if (was_read(ws, name))
			continue;
		read_ahead_add(ws->ahead,
		               workspace_path(ws,
		                              "metadata/%" PRId64 ".%s.json",
		                              highest_version(ws, name), name),
		               name, &by);
		read_ahead_add(ws->ahead,
		               workspace_path(ws, "staged/%s.json", name), name,
		               NULL);
	}
	read_ahead_run(ws->ahead);
}

static int read_children(struct workspace *ws, size_t at,
                         const struct role_doc *d, struct err *e)
{
	char name[TUF_ROLE_MAX], owner[TUF_ROLE_MAX];

	look_ahead(ws, d);
	for (size_t i = 0; d != NULL && ws->n_roles < ROLES_MAX &&
	                   delegations_child(name, d->role, &d->targets, i);
	     i++) {
		bool bin =
			bins_owner(owner, name) && strcmp(owner, d->role) == 0;
		struct workspace_role *r;

		if (delegations_is_online(name) ||
		    workspace_role(ws, name) != NULL)
			continue;
		r = add_role(ws, name, at, bin);
		if (read_current(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
			return -1;
	}
	return 0;
}

static int read_all(struct workspace *ws, struct err *e)
{
	SCOPED(free)
	char *numbers = workspace_path(ws, "drafts.json");
	SCOPED(free)
	char *rotation = workspace_path(ws, WORKSPACE_ROTATION);
	struct workspace_role *r;

	ws->unfinished = fs_exists(rotation);
	ws->drafts = xcalloc(1, sizeof(*ws->drafts));
	ws->order = xcalloc(1, sizeof(*ws->order));
	if (drafts_read(ws->drafts, numbers, e) != 0 ||
	    note_versions(ws, e) != 0)
		return -1;
	if (ws->extra_numbers != NULL)
		drafts_merge(ws->drafts, ws->extra_numbers);
	r = add_role(ws, "root", 0, false);
	if (read_roots(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
		return -1;
	r = add_role(ws, "targets", 0, false);
	if (read_current(r, ws, e) != 0 || read_staged(r, ws, e) != 0)
		return -1;
	/* Staged delegations may add roles or take them away. */
	for (size_t i = 1; i < ws->n_roles; i++)
		if (read_children(ws, i, ws->roles[i].current, e) != 0 ||
		    read_children(ws, i, ws->roles[i].staged, e) != 0)
			return -1;
	return 0;
}

int workspace_reload(struct workspace *ws, struct err *e)
{
	struct workspace_before before = {ws->roles, ws->n_roles, ws->by_name};
	struct read_ahead ahead = {0};
	int result;

	ws->roles = NULL;
	ws->n_roles = 0;
	ws->by_name = (struct strmap){0};
	workspace_drop_roles(ws);
	ws->before = &before;
	ws->ahead = &ahead;
	result = read_all(ws, e);
	ws->before = NULL;
	ws->ahead = NULL;
	read_ahead_fini(&ahead);
	free_roles(before.roles, before.n);
	strmap_fini(&before.by_name);
	if (result != 0)
		workspace_drop_roles(ws);
	return result;
}

void workspace_promoted(struct workspace *ws, struct workspace_role *r)
{
	int64_t version = role_doc_version(r->staged);

	role_doc_free(r->current);
	r->current = r->staged;
	r->staged = NULL;
	free(r->current->path);
	r->current->path = workspace_path(ws, "metadata/%" PRId64 ".%s.json",
	                                  version, r->name);
	strmap_put(&ws->highest, r->name, (size_t)version);
	ws->order->has = false;
}
