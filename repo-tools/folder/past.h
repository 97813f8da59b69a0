/*
 * What a repository folder remembers of its keys: every complete root, and
 * every complete version of every role that ever delegated, at whatever depth
 * and also when nobody delegates to it any more. For lib/catalog/history.h.
 */
#ifndef REPO_TOOLS_FOLDER_PAST_H
#define REPO_TOOLS_FOLDER_PAST_H

#include "lib/catalog/history.h"
#include "repo-tools/folder/workspace.h"

/* Versions that are not in the folder say nothing. The first key
 * that came back is the refusal. */
MUST_USE int past_read(struct history *out, const struct workspace *ws,
                       struct err *e);
/* The same, and what is staged now. */
MUST_USE int past_check(const struct workspace *ws, struct err *e);

#endif
