/*
 * The commands of pawl-repo, one file per noun; commands.c is their table.
 */
#ifndef REPO_TOOLS_CMD_H
#define REPO_TOOLS_CMD_H

#include "repo-tools/cli.h"

extern const struct cli_option cmd_key_options[], cmd_key_passwd_options[];
cli_fn cmd_key_show, cmd_key_passwd;

#endif
