#include "config.h"

#include "repo-tools/folder/past.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int note(struct history *out, const struct role_doc *d, struct err *e)
{
	return role_doc_is_root(d)
	               ? history_root(out, &d->root, e)
	               : history_targets(out, d->role, &d->targets, e);
}

/* A file that names no keys need not be parsed, and that is most of them. */
static int read_one(struct history *out, const struct workspace *ws,
                    const char *role, int64_t version, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "metadata/%" PRId64 ".%s.json", version,
	                            role);
	SCOPED(role_doc_free)
	struct role_doc *d = NULL;
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(role_doc_max(role));
	const struct tuf_targets nobody = {.version = version};

	if (!fs_exists(path))
		return 0;
	if (fs_read(&bytes, path, e) != 0)
		return -1;
	if (strcmp(role, "root") != 0 &&
	    !history_concerns(buf_str(&bytes), bytes.len))
		return history_targets(out, role, &nobody, e);
	if (role_doc_take_buf(&d, path, role, &bytes, e) != 0)
		return -1;
	return note(out, d, e);
}

/* Of a role that is there, what clients see; of one that is gone, all. */
static int64_t last_version(const struct workspace *ws, const char *role)
{
	const struct workspace_role *r = workspace_role(ws, role);
	size_t highest = 0;

	if (r != NULL)
		return r->current != NULL ? role_doc_version(r->current) : 0;
	return strmap_get(&ws->highest, role, &highest) ? (int64_t)highest : 0;
}

/* Bins and approvers delegate to nobody. */
static bool may_delegate(const char *role)
{
	char owner[TUF_ROLE_MAX];

	return !bins_owner(owner, role) && strncmp(role, "plans.", 6) != 0;
}

struct past_file {
	char role[TUF_ROLE_MAX];
	int64_t version;
};

struct past_files {
	const struct workspace *ws;
	struct past_file *items;
	size_t len, cap;
};

static int by_version(const void *a, const void *b)
{
	const struct past_file *x = a, *y = b;
	int order = strcmp(x->role, y->role);

	return order != 0
	               ? order
	               : (x->version > y->version) - (x->version < y->version);
}

static int note_file(void *ctx, const char *name, struct err *e)
{
	struct past_files *l = ctx;
	struct past_file f;

	(void)e;
	if (!role_doc_file_name(&f.version, f.role, name) ||
	    !may_delegate(f.role) || f.version > last_version(l->ws, f.role))
		return 0;
	VEC_GROW(l);
	l->items[l->len++] = f;
	return 0;
}

/* What is there, not every number up to the highest: whoever signs a role
 * chooses its numbers, and may leave out 2^52 of them. */
int past_read(struct history *out, const struct workspace *ws, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");
	struct past_files l = {.ws = ws};
	int result = 0;

	*out = (struct history){0};
	if (fs_exists(dir))
		result = fs_list(dir, note_file, &l, e);
	if (l.len > 0)
		qsort(l.items, l.len, sizeof(*l.items), by_version);
	for (size_t i = 0; result == 0 && i < l.len; i++)
		result = read_one(out, ws, l.items[i].role, l.items[i].version,
		                  e);
	free(l.items);
	return result;
}

static bool counts(const struct workspace_role *r)
{
	return r->staged != NULL && may_delegate(r->name);
}

int past_check(const struct workspace *ws, struct err *e)
{
	SCOPED(history_fini)
	struct history h = {0};

	if (past_read(&h, ws, e) != 0)
		return -1;
	for (size_t i = 1; i < ws->n_roles; i++)
		if (counts(&ws->roles[i]) &&
		    history_moved(&h, ws->roles[i].name,
		                  &ws->roles[i].staged->targets, e) != 0)
			return -1;
	for (size_t i = 0; i < ws->n_roles; i++)
		if (counts(&ws->roles[i]) &&
		    note(&h, ws->roles[i].staged, e) != 0)
			return -1;
	return 0;
}
