/*
 * The commands of pawl-repo, one file per noun; commands.c is their table.
 */
#ifndef REPO_TOOLS_CMD_CMD_H
#define REPO_TOOLS_CMD_CMD_H

#include "cli/cli.h"

extern const struct cli_option cmd_init_options[], cmd_product_options[],
	cmd_key_new_options[], cmd_key_passwd_options[], cmd_release_options[],
	cmd_plan_options[], cmd_plan_renew_options[], cmd_sign_options[],
	cmd_verify_options[], cmd_rotate_options[], cmd_revoke_options[],
	cmd_threshold_options[], cmd_lint_options[], cmd_history_options[],
	cmd_renew_options[];

cli_fn cmd_init, cmd_product_add, cmd_key_new, cmd_key_list, cmd_key_show,
	cmd_key_passwd, cmd_release_add, cmd_plan_add, cmd_plan_renew,
	cmd_renew, cmd_sign, cmd_verify, cmd_show, cmd_rotate, cmd_revoke,
	cmd_threshold, cmd_expiry, cmd_lint, cmd_history;

/* Delegations, removal, import. */
extern const struct cli_option cmd_release_remove_options[],
	cmd_plan_remove_options[], cmd_import_options[], cmd_delegate_options[];

cli_fn cmd_release_remove, cmd_release_import, cmd_plan_remove, cmd_delegate;

/* Signing events. */
extern const struct cli_option cmd_draft_drop_options[],
	cmd_draft_import_options[];

cli_fn cmd_draft, cmd_draft_export, cmd_draft_import, cmd_draft_drop;

/* The options of every command that makes keys (ceremony.h). */
/* clang-format off */
#define CMD_NEW_KEY_OPTIONS                                                   \
	{"passphrase-file", 0, "FILE", CLI_REPEATS, NULL,                     \
	 "the passphrase of new keys is the first line of FILE; the i-th "    \
	 "file is for the i-th key of each role"},                            \
	{"online-passphrase-file", 0, "FILE", 0, NULL,                        \
	 "encrypt online keys too"},                                          \
	{"type", 0, "[ROLE=]TYPE", CLI_REPEATS, NULL,                         \
	 "ed25519 (default), ecdsa or rsa, for all new keys or a role's"},    \
	{"kdf", 0, "COST", 0, "default",                                      \
	 "what guessing one passphrase costs: default (256 MiB) or light"},   \
	{"label", 0, "NAME", CLI_REPEATS, NULL,                               \
	 "who holds the key; the i-th name is for the i-th key of each role"}
/* clang-format on */

/* Asks when somebody can be asked and --yes was not given. */
MUST_USE int cmd_confirm(const struct cli *c, const char *question,
                         struct err *e);

#endif
