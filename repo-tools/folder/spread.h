/*
 * Entries and the files of one role they go to: the role itself, or its
 * bins. What import and delegate share; n log n in the entries.
 */
#ifndef REPO_TOOLS_FOLDER_SPREAD_H
#define REPO_TOOLS_FOLDER_SPREAD_H

#include "repo-tools/folder/stage.h"

struct spread {
	const struct workspace *ws;
	char role[TUF_ROLE_MAX];
	struct bins bins;
	struct tuf_target *entries;
	size_t n, cap;
};

/* For a role with these bins. */
void spread_init(struct spread *s, const struct workspace *ws, const char *role,
                 const struct bins *bins);
void spread_fini(struct spread *s);
DEFINE_SCOPED_PLACE(spread_fini, struct spread)

/* Takes over what the entry holds. */
void spread_add(struct spread *s, struct tuf_target *entry);
/* Copies of everything a role lists by its newest word, its present bins
 * included. */
MUST_USE int spread_add_all(struct spread *s, struct err *e);

/* The role file an entry goes to. */
void spread_file(char out[TUF_ROLE_MAX], const struct spread *s,
                 const char *path);

/* Stages the entries: each file that has some is put over its newest word, or
 * made anew (`anew`: also files that get none). The role's own file, when it
 * has bins, is not touched. Returns through *files how many were staged. */
MUST_USE int spread_stage(struct spread *s, bool anew, size_t *files,
                          struct err *e);

#endif
