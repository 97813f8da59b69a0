#include "config.h"

#include "repo-tools/commands.h"

#include "lib/base/mem.h"
#include "repo-tools/cmd.h"

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
	{"key show", "FILE", 1, 1, "Show what a key file says of itself",
	 NULL, cmd_key_show},
	{"key passwd", "FILE", 1, 1, "Change the passphrase of a key file",
	 cmd_key_passwd_options, cmd_key_passwd},
	/* clang-format on */
};

const struct cli_program commands_pawl_repo = {
	.name = "pawl-repo",
	.help = "Keys, releases, plans and signatures of an update "
		"repository, offline",
	.common = common,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};
