#include "config.h"

#include "repo-tools/folder/diff.h"

#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum diff_class diff_class(const char *path)
{
	if (strncmp(path, "fw/", 3) == 0)
		return DIFF_RELEASE;
	return strncmp(path, "plan/", 5) == 0 ? DIFF_PLAN : DIFF_OTHER;
}

bool diff_same_paths(const struct tuf_delegation *a,
                     const struct tuf_delegation *b)
{
	if (a->n_paths != b->n_paths || a->terminating != b->terminating)
		return false;
	for (size_t i = 0; i < a->n_paths; i++)
		if (strcmp(a->paths[i], b->paths[i]) != 0)
			return false;
	return true;
}

struct entries {
	const struct tuf_target **items;
	size_t len, cap;
};

static void add_file(struct entries *all, const struct role_doc *d)
{
	for (size_t i = 0; d != NULL && i < d->targets.n_targets; i++) {
		VEC_GROW(all);
		all->items[all->len++] = &d->targets.targets[i];
	}
}

static int by_path(const void *a, const void *b)
{
	const struct tuf_target *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static const struct role_doc *word_of(const struct workspace_role *r,
                                      bool newest)
{
	if (r == NULL)
		return NULL;
	return newest && r->staged != NULL ? r->staged : r->current;
}

/* All that the role says, by its complete files or the newest ones. */
static void collect(struct entries *all, const struct workspace *ws,
                    const struct workspace_role *r, bool newest)
{
	const struct role_doc *d = word_of(r, newest);
	char name[TUF_ROLE_MAX];
	struct bins bins;

	if (d == NULL || role_doc_is_root(d))
		return;
	add_file(all, d);
	if (bins_read(&bins, r->name, &d->targets, NULL) != 0)
		return;
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		bins_name(name, &bins, i);
		add_file(all, word_of(workspace_role(ws, name), newest));
	}
	if (all->len > 0)
		qsort(all->items, all->len, sizeof(*all->items), by_path);
}

static bool same_custom(const struct tuf_target *a, const struct tuf_target *b)
{
	return (a->custom == NULL) == (b->custom == NULL) &&
	       (a->custom == NULL || strcmp(a->custom, b->custom) == 0);
}

static bool same(const struct tuf_target *a, const struct tuf_target *b)
{
	return a->length == b->length && strcmp(a->sha256, b->sha256) == 0 &&
	       same_custom(a, b);
}

static void note(struct diff *d, const struct tuf_target *was,
                 const struct tuf_target *is)
{
	if (was != NULL && is != NULL && same(was, is)) {
		d->n_kept++;
		return;
	}
	VEC_GROW(d);
	d->items[d->len++] = (struct diff_entry){was, is};
}

static void merge(struct diff *d, const struct entries *was,
                  const struct entries *is)
{
	size_t a = 0, b = 0;

	while (a < was->len || b < is->len) {
		int order = a == was->len  ? 1
		            : b == is->len ? -1
		                           : strcmp(was->items[a]->path,
		                                    is->items[b]->path);

		note(d, order <= 0 ? was->items[a] : NULL,
		     order >= 0 ? is->items[b] : NULL);
		a += order <= 0;
		b += order >= 0;
	}
}

void diff_init(struct diff *d, const struct workspace *ws,
               const struct workspace_role *r)
{
	struct entries was = {0}, is = {0};

	*d = (struct diff){0};
	collect(&was, ws, r, false);
	collect(&is, ws, r, true);
	merge(d, &was, &is);
	free(was.items);
	free(is.items);
}

void diff_fini(struct diff *d)
{
	free(d->items);
	*d = (struct diff){0};
}

bool diff_is_staged(size_t *bins, const struct workspace *ws,
                    const struct workspace_role *r)
{
	size_t at = (size_t)(r - ws->roles);

	*bins = 0;
	for (size_t i = 0; i < ws->n_roles; i++)
		*bins += ws->roles[i].bin && ws->roles[i].delegator == at &&
		         ws->roles[i].staged != NULL;
	return r->staged != NULL || *bins > 0;
}
