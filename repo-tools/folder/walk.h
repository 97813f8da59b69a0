/*
 * A device's own walk through a repository folder: lib/tuf/trust.c, the code
 * that devices run, refreshes and looks every target up.
 *
 * Snapshot and timestamp do not exist in the folder and the online keys are
 * not used here, so the walk stands on a root, snapshot and timestamp of its
 * own, signed by keys that live as long as the call; everything from targets
 * down is the folder's. The chain of real roots is workspace_reload()'s.
 */
#ifndef REPO_TOOLS_FOLDER_WALK_H
#define REPO_TOOLS_FOLDER_WALK_H

#include "repo-tools/folder/workspace.h"

/* Every complete target is found, vouched for by the role that lists it, as
 * of ws->now_s. Nothing of the folder may have expired. */
MUST_USE int walk_as_device(const struct workspace *ws, struct rng *rng,
                            struct err *e);

#endif
