#include "config.h"

#include "sim/commands.h"

#include "lib/base/mem.h"

static const struct cli_command commands[] = {
	/* clang-format off */
	{"boundary", "", 0, 0, "Say at how many failures of how many it halts",
	 cmd_boundary_options, cmd_boundary},
	{"run", "", 0, 0, "Run one stage often: how often it halts, after what",
	 cmd_run_options, cmd_run},
	{"plan", "[FILE]", 0, 1, "Run a plan over a fleet: who is harmed, how long it takes",
	 cmd_plan_options, cmd_plan},
	{"replay", "FILE", 1, 1,
	 "Give the halts of an exported rollout once more, and compare",
	 NULL, cmd_replay},
	/* clang-format on */
};

const struct cli_program commands_pawl_sim = {
	.name = "pawl-sim",
	.help = "Ask the rollout rule what it would do, before a device is "
		"at stake",
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};
