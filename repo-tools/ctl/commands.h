/*
 * pawlctl as a table: every command with its words, options and help.
 */
#ifndef REPO_TOOLS_CTL_COMMANDS_H
#define REPO_TOOLS_CTL_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_program ctl_commands_pawlctl;

#endif
