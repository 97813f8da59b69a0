/*
 * Every complete version that the folder keeps of a product's releases and of
 * their bins: what was signed once, also when nobody lists it any more.
 */
#ifndef REPO_TOOLS_FOLDER_KEPT_H
#define REPO_TOOLS_FOLDER_KEPT_H

#include "repo-tools/folder/workspace.h"

/* Calls fn for each of them, in no order, in which `text` may stand: a hundred
 * thousand targets are not parsed for one that is not there. `text` is of
 * characters that JSON escapes in no canonical file. */
typedef void kept_fn(void *ctx, const struct tuf_targets *t);
MUST_USE int kept_releases(const struct workspace *ws, const char *product,
                           const char *text, kept_fn *fn, void *ctx,
                           struct err *e);

#endif
