#include "config.h"

#include "repo-tools/cmd/commands.h"

#include "lib/base/mem.h"
#include "repo-tools/cmd/cmd.h"

static const struct cli_option common[] = {
	/* clang-format off */
	{"dir",  'C', "DIR", 0, ".",  "the repository folder"},
	{"keys", 0,   "DIR", 0, NULL, "the folder of offline key files, "
	                              "instead of keys/ in the repository"},
	{"yes",  'y', NULL,  0, NULL, "ask nothing before acting"},
	{NULL,   0,   NULL,  0, NULL, NULL},
	/* clang-format on */
};

static const struct cli_command commands[] = {
	/* clang-format off */
	{"init", "DIR", 1, 1, "Make a repository folder: identity, keys, root",
	 cmd_init_options, cmd_init},
	{"product add", "NAME", 1, 1, "Make a product's keys and delegations",
	 cmd_product_options, cmd_product_add},
	{"key new", "ROLE", 1, 1, "Make one more key for a role",
	 cmd_key_new_options, cmd_key_new},
	{"key list", "", 0, 0, "List the key files here", NULL, cmd_key_list},
	{"key show", "FILE", 1, 1, "Show what a key file says of itself",
	 NULL, cmd_key_show},
	{"key passwd", "FILE", 1, 1, "Change the passphrase of a key file",
	 cmd_key_passwd_options, cmd_key_passwd},
	{"rotate", "[ROLE]", 0, 1,
	 "Stage new keys for a role, or with --online for the server",
	 cmd_rotate_options, cmd_rotate},
	{"revoke", "KEY|PATH", 1, 1,
	 "Stage the end of a key in every role, or of a target",
	 cmd_revoke_options, cmd_revoke},
	{"threshold", "ROLE N", 2, 2, "Stage how many keys of a role sign",
	 cmd_threshold_options, cmd_threshold},
	{"expiry", "ROLE DURATION", 2, 2,
	 "Say how long a role's next versions live", NULL, cmd_expiry},
	{"renew", "ROLE…", 1, CLI_ANY, "Stage the same for longer",
	 cmd_renew_options, cmd_renew},
	{"release add", "FILE", 1, 1, "Stage a firmware image as a release",
	 cmd_release_options, cmd_release_add},
	{"release remove", "RELEASE", 1, 1, "Stage the end of a release: nobody gets it any more",
	 cmd_release_remove_options, cmd_release_remove},
	{"release import", "LIST", 1, 1,
	 "Stage many plain targets from lines of path, length, sha256",
	 cmd_import_options, cmd_release_import},
	{"plan add", "", 0, 0, "Stage how far a release may spread, and when",
	 cmd_plan_options, cmd_plan_add},
	{"plan renew", "ID", 1, 1,
	 "Stage the next revision of a finished plan, for who comes later",
	 cmd_plan_renew_options, cmd_plan_renew},
	{"plan remove", "ID", 1, 1, "Stage the end of a plan",
	 cmd_plan_remove_options, cmd_plan_remove},
	{"delegate", "ROLE", 1, 1, "Stage a delegated role, or bins of a role",
	 cmd_delegate_options, cmd_delegate},
	{"draft", "", 0, 0, "Say what is staged and who has to sign it",
	 NULL, cmd_draft},
	{"draft export", "FILE", 1, 1,
	 "Write what is staged to one file, for a stick", NULL,
	 cmd_draft_export},
	{"draft import", "FILE", 1, 1,
	 "Take a draft and its signatures from such a file",
	 cmd_draft_import_options, cmd_draft_import},
	{"draft drop", "[ROLE…]", 0, CLI_ANY,
	 "Give a draft up; its version number is burned",
	 cmd_draft_drop_options, cmd_draft_drop},
	{"sign", "[ROLE…]", 0, CLI_ANY,
	 "Say what staged roles change, and add signatures",
	 cmd_sign_options, cmd_sign},
	{"show", "[ROLE|PATH]", 0, 1, "Show the repository, a role or a target",
	 NULL, cmd_show},
	{"verify", "", 0, 0, "Walk the repository as a device would",
	 cmd_verify_options, cmd_verify},
	{"lint", "[FILE…]", 0, CLI_ANY,
	 "Say what other people's TUF clients would refuse",
	 cmd_lint_options, cmd_lint},
	{"verify-history", "", 0, 0,
	 "Replay every version that is kept, by the keys of its time",
	 cmd_history_options, cmd_history},
	/* clang-format on */
};

static const struct cli_group groups[] = {
	{"init", "Keys"},
	{"rotate", "Who may sign"},
	{"release add", "Releases and plans"},
	{"delegate", "Delegations"},
	{"draft", "Signatures"},
	{"show", "Checks"},
	{NULL, NULL},
};

const struct cli_program commands_pawl_repo = {
	.name = "pawl-repo",
	.help = "Keys, releases, plans and signatures of an update "
		"repository, offline",
	.common = common,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
	.groups = groups,
};
