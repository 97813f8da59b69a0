/*
 * What holds between files: who delegates to whom, how deep, in which kind of
 * bins, and whether the snapshot knows them all.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/lint_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLES_MANY 64
#define DEPTH_MAX 8
#define ROOTS_MANY 204 /* 80 % of the 256 rotations of one refresh */

static const struct lint_role *find(const struct lint *l, const char *name)
{
	/* The last one: a file of a later version is looked at later. */
	for (size_t i = l->roles.len; i-- > 0;)
		if (strcmp(l->roles.items[i].name, name) == 0)
			return &l->roles.items[i];
	return NULL;
}

/* The roles of one level, from those of the level above; each role counts
 * where it is met first, so a cycle ends. */
struct level {
	const char **names;
	size_t n;
};

static bool seen(const struct level *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->names[i], name) == 0)
			return true;
	return false;
}

/* How many levels of delegated roles there are below targets. */
static int depth(const struct lint *l)
{
	struct level all = {0};
	size_t first = 0, total = 1, end;
	int levels = 0;

	for (size_t i = 0; i < l->roles.len; i++)
		total += l->roles.items[i].n_delegated;
	all.names = xcalloc(total, sizeof(*all.names));
	all.names[all.n++] = "targets";
	for (end = all.n; first < end; end = all.n) {
		bool deeper = false;

		for (; first < end; first++) {
			const struct lint_role *r = find(l, all.names[first]);

			deeper = deeper || (r != NULL && r->bits > 0);
			for (size_t k = 0; r != NULL && k < r->n_delegated;
			     k++) {
				if (seen(&all, r->delegated[k]))
					continue;
				all.names[all.n++] = r->delegated[k];
				deeper = true;
			}
		}
		levels += deeper;
	}
	free(all.names);
	return levels;
}

static void check_bins(struct lint *l)
{
	const struct lint_role *succinct = NULL, *prefixes = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < l->roles.len; i++) {
		const struct lint_role *r = &l->roles.items[i];

		if (find(l, r->name) != r)
			continue;
		n += r->n_delegated +
		     (r->bits > 0 ? UINT64_C(1) << r->bits : 0);
		if (r->bits > 0)
			succinct = r;
		if (r->prefixes)
			prefixes = r;
	}
	if (succinct != NULL && prefixes != NULL)
		lint_note(l, LINT_BINS_MIXED, NULL,
		          "%s has succinct bins, %s prefix bins",
		          succinct->name, prefixes->name);
	if (n > ROLES_MANY)
		lint_note(l, LINT_ROLES_MANY, NULL,
		          "%" PRIu64 " delegated roles", n);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool is_listed(const struct lint *l, const char *name)
{
	return l->listed.len > 0 &&
	       bsearch(name, l->listed.items, l->listed.len, TUF_ROLE_MAX,
	               by_name) != NULL;
}

static void check_listed(struct lint *l)
{
	if (l->listed.len > 0)
		qsort(l->listed.items, l->listed.len, TUF_ROLE_MAX, by_name);
	for (size_t i = 0; i < l->roles.len; i++) {
		const struct lint_role *r = &l->roles.items[i];

		if (find(l, r->name) != r)
			continue;
		for (size_t k = 0; k < r->n_delegated; k++)
			if (!is_listed(l, r->delegated[k]))
				lint_note(l, LINT_ROLE_UNLISTED, NULL,
				          "%s delegates to %s, which the "
				          "snapshot does not list",
				          r->name, r->delegated[k]);
	}
}

void lint_tree(struct lint *l)
{
	int levels = depth(l);

	check_bins(l);
	lint_check_rsa(l);
	if (l->has_snapshot)
		check_listed(l);
	if (levels > DEPTH_MAX)
		lint_note(l, LINT_DEPTH, NULL, "%d levels, %d are followed",
		          levels, DEPTH_MAX);
	if (l->root_version > ROOTS_MANY + 1)
		lint_note(l, LINT_ROOTS_MANY, NULL,
		          "root is at version %" PRId64, l->root_version);
}
