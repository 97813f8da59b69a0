/*
 * What a killed command was writing when it ended: nobody names it, nobody
 * reads it, and an image can be large.
 */
#ifndef REPO_TOOLS_FOLDER_SWEEP_H
#define REPO_TOOLS_FOLDER_SWEEP_H

#include "repo-tools/folder/workspace.h"

/* A name for a target that is being made, beside its own and so on the same
 * disk; hidden, so no target can ever have it. The caller frees. */
char *sweep_temp(const char *path);

/* Removes what is left. Behind the folder's lock, as another command's
 * temporary files look the same. What cannot be removed stays. */
void sweep(const struct workspace *ws);

#endif
