/*
 * A folder's files given to the lint (lib/lint) as they lie there: the bytes,
 * so that a folder too broken to open can be looked at too.
 */
#ifndef REPO_TOOLS_FOLDER_LINTING_H
#define REPO_TOOLS_FOLDER_LINTING_H

#include "lib/lint/lint.h"

/* name is what the file's name would be in metadata/. */
MUST_USE int linting_file(struct lint *l, const char *path, const char *name,
                          struct err *e);
/* Every root and the newest of each other role, complete and staged; what
 * holds between them is the caller's to ask (lint_tree()). ERR_NOT_FOUND when
 * there is no metadata/. */
MUST_USE int linting_folder(struct lint *l, const char *dir, struct err *e);

#endif
