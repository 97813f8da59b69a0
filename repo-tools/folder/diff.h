/*
 * What the staged word of a role changes against its complete one: entries
 * of the role and of its bins together, because a path that moves from one
 * file of a role to another is no change.
 */
#ifndef REPO_TOOLS_FOLDER_DIFF_H
#define REPO_TOOLS_FOLDER_DIFF_H

#include "repo-tools/folder/workspace.h"

/* was NULL: added; is NULL: removed; else the entry changed. */
struct diff_entry {
	const struct tuf_target *was, *is;
};

struct diff {
	struct diff_entry *items; /* in byte order of paths */
	size_t len, cap;
	size_t n_kept;
};

/* For a role that is no bin. Borrows from ws; n log n. */
void diff_init(struct diff *d, const struct workspace *ws,
               const struct workspace_role *r);
void diff_fini(struct diff *d);
DEFINE_SCOPED_PLACE(diff_fini, struct diff)

static inline const char *diff_path(const struct diff_entry *x)
{
	return x->is != NULL ? x->is->path : x->was->path;
}

/* What devices run, who lets them, and all else, by the path. */
enum diff_class { DIFF_RELEASE, DIFF_PLAN, DIFF_OTHER, DIFF_CLASSES };
enum diff_class diff_class(const char *path);

/* May the role list the same by both, and does a client stop there? */
bool diff_same_paths(const struct tuf_delegation *a,
                     const struct tuf_delegation *b);

/* Is anything staged for the role or one of its bins? How many bins? */
bool diff_is_staged(size_t *bins, const struct workspace *ws,
                    const struct workspace_role *r);

#endif
