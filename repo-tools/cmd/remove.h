/*
 * Taking a target back by its path alone, whatever role lists it.
 */
#ifndef REPO_TOOLS_CMD_REMOVE_H
#define REPO_TOOLS_CMD_REMOVE_H

#include "cli/cli.h"

/* What `release remove` and `plan remove` do for this path, with their answer.
 * The options are those of `revoke`. *listed is false when no role lists it and
 * it may be a key file: then nothing was done. ERR_NOT_FOUND, code
 * "unknown_target", with the nearest path, when there is no such file either.
 */
MUST_USE int remove_target(bool *listed, struct cli *c, const char *path,
                           struct err *e);

#endif
