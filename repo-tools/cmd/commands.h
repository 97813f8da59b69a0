/*
 * pawl-repo as a table: every command with its words, options and help.
 */
#ifndef REPO_TOOLS_CMD_COMMANDS_H
#define REPO_TOOLS_CMD_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_program commands_pawl_repo;

#endif
