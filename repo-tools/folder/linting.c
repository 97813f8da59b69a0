#include "config.h"

#include "repo-tools/folder/linting.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/workspace.h"

#include <stdlib.h>
#include <string.h>

/* A client reads no larger file, whatever it is. */
#define FILE_MAX ((size_t)64 << 20)

int linting_file(struct lint *l, const char *path, const char *name,
                 struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);
	char role[TUF_ROLE_MAX];
	int64_t version;

	if (!lint_split_name(role, &version, name))
		return err_set(e, ERR_INVALID,
		               "%s: a name like 7.targets.json is needed",
		               path);
	if (fs_read(&b, path, e) != 0)
		return -1;
	lint_file(l, role, version, buf_str(&b), b.len);
	return 0;
}

struct names {
	struct named {
		char role[TUF_ROLE_MAX];
		int64_t version;
		char *name;
	} * items;
	size_t len, cap;
};

static int note_name(void *ctx, const char *name, struct err *e)
{
	struct names *all = ctx;
	struct named n;

	(void)e;
	if (!lint_split_name(n.role, &n.version, name))
		return 0;
	n.name = xstrdup(name);
	VEC_GROW(all);
	all->items[all->len++] = n;
	return 0;
}

/* Clients walk every root; of the others only the newest is ever served. */
static bool is_wanted(const struct names *all, size_t i)
{
	const struct named *n = &all->items[i];

	if (strcmp(n->role, "root") == 0)
		return true;
	for (size_t k = 0; k < all->len; k++)
		if (all->items[k].version > n->version &&
		    strcmp(all->items[k].role, n->role) == 0)
			return false;
	return true;
}

static int one_folder(struct lint *l, const char *dir, const char *below,
                      struct err *e)
{
	SCOPED(free)
	char *path = fs_join(dir, below);
	struct names all = {0};
	int result = 0;

	if (fs_exists(path))
		result = fs_list(path, note_name, &all, e);
	for (size_t i = 0; i < all.len; i++) {
		SCOPED(free)
		char *file = fs_join(path, all.items[i].name);

		if (result == 0 && is_wanted(&all, i))
			result = linting_file(l, file, all.items[i].name, e);
		free(all.items[i].name);
	}
	free(all.items);
	return result;
}

int linting_folder(struct lint *l, const char *dir, struct err *e)
{
	SCOPED(free)
	char *metadata = NULL;

	if (workspace_metadata_of(&metadata, dir, e) != 0)
		return -1;
	return one_folder(l, dir, "metadata", e) != 0 ||
	                       one_folder(l, dir, "staged", e) != 0
	               ? -1
	               : 0;
}
