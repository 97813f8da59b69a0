/*
 * `delegate ROLE --bins N`: the entries of a role into 2^k files, or back.
 */
#ifndef REPO_TOOLS_CMD_DELEGATE_BINS_H
#define REPO_TOOLS_CMD_DELEGATE_BINS_H

#include "cli/cli.h"

/* The option is "bins" or "prefix-bins"; the role is the argument. */
MUST_USE int delegate_bins(struct cli *c, const char *option, struct err *e);

#endif
