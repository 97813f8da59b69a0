/*
 * A release's manifest from the options of `release add`.
 */
#ifndef REPO_TOOLS_CMD_RELEASE_OPTIONS_H
#define REPO_TOOLS_CMD_RELEASE_OPTIONS_H

#include "lib/rollout/fw.h"
#include "repo-tools/folder/workspace.h"

/* Everything but the counter, which depends on the releases before it.
 * ERR_USAGE for what the command line got wrong. */
MUST_USE int release_options_read(struct fw *out, const struct cli *c,
                                  const struct workspace *ws, struct err *e);

/* fw/<product>/<version>_<name>, the name from --name or the file's. */
MUST_USE int release_options_path(char out[TARGET_MAX_LEN + 1],
                                  const struct cli *c, const struct fw *f,
                                  const char *file, struct err *e);

#endif
