/*
 * Revisions of plans: one is never used twice, also when nobody but this
 * folder ever saw it.
 */
#ifndef REPO_TOOLS_FOLDER_REVISION_H
#define REPO_TOOLS_FOLDER_REVISION_H

#include "repo-tools/folder/workspace.h"

/* The highest of a plan's id that was ever written here, on disk or listed by t
 * (may be NULL); 0: none. */
MUST_USE int revision_highest(int64_t *out, const struct workspace *ws,
                              const char *product, const char *id,
                              const struct tuf_targets *t, struct err *e);

#endif
