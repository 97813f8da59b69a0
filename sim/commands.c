#include "config.h"

#include "sim/commands.h"

#include "lib/base/mem.h"

#include <string.h>

static const struct cli_command commands[] = {
	/* clang-format off */
	{"boundary", "", 0, 0, "Say at how many failures of how many it halts",
	 cmd_boundary_options, cmd_boundary},
	{"run", "", 0, 0, "Run one stage often: how often it halts, after what",
	 cmd_run_options, cmd_run},
	{"plan", "FILE", 1, 1, "Run a plan over a fleet: who is harmed, how long it takes",
	 cmd_plan_options, cmd_plan},
	/* clang-format on */
};

const struct cli_program commands_pawl_sim = {
	.name = "pawl-sim",
	.help = "Ask the rollout rule what it would do, before a device is "
		"at stake",
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
};

static void real(char out[48], double value, int decimals)
{
	(void)snprintf(out, 48, "%.*f", decimals, value);
}

void commands_put_real(struct jw *w, const char *key, double value,
                       int decimals)
{
	char text[48];

	real(text, value, decimals);
	jw_key(w, key);
	jw_raw(w, text, strlen(text));
}

void commands_put_figure(struct jw *w, const char *key, double value,
                         struct interval in, int decimals)
{
	char name[40], low[48], high[48];

	commands_put_real(w, key, value, decimals);
	(void)snprintf(name, sizeof(name), "%s_95", key);
	real(low, in.low, decimals);
	real(high, in.high, decimals);
	jw_key(w, name);
	jw_array(w);
	jw_raw(w, low, strlen(low));
	jw_raw(w, high, strlen(high));
	jw_end_array(w);
}
