/*
 * Everything that is staged, role by role: what it changes in one sentence,
 * how many signatures there are, and who may give the rest.
 */
#ifndef REPO_TOOLS_FOLDER_DRAFT_SHOW_H
#define REPO_TOOLS_FOLDER_DRAFT_SHOW_H

#include "repo-tools/folder/workspace.h"

MUST_USE int draft_show(const struct cli *c, const struct workspace *ws,
                        struct err *e);

#endif
