#include "config.h"

#include "repo-tools/ctl/commands.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"

static const struct cli_option common[] = {
	/* clang-format off */
	{"server",     's', "URL",  0, NULL, "the server's address, instead of "
	                                     "PAWL_SERVER"},
	{"token-file", 't', "FILE", 0, NULL, "a file with the operator's token, "
	                                     "instead of PAWL_TOKEN_FILE"},
	{"ca-file",    0,   "FILE", 0, NULL, "certificates to trust in place of "
	                                     "the system's, as PEM, instead of "
	                                     "PAWL_CA_FILE"},
	{"plain-http", 0,   NULL,   0, NULL, "send the token over http:// to "
	                                     "another machine"},
	{"color",      0,   "WHEN", 0, "auto", "always, never or auto"},
	{NULL,         0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

static const struct cli_command commands[] = {
	/* clang-format off */
	{"status", "", 0, 0, "Show the server, its rollouts and last events",
	 NULL, ctl_status},
	{"publish", "DIR", 1, 1,
	 "Upload what the server lacks of a repository folder and make it visible",
	 ctl_publish_options, ctl_publish},
	{"catalog", "", 0, 0, "List published releases and plans",
	 NULL, ctl_catalog},

	{"rollout plan", "PLAN", 1, 1,
	 "Forecast a published plan over the fleet that is there; starts nothing",
	 ctl_rollout_plan_options, ctl_rollout_plan},
	{"rollout start", "PLAN", 1, 1,
	 "Begin to carry out a published plan, by its path or its id",
	 ctl_rollout_reason_options, ctl_rollout_start},
	{"rollout list", "", 0, 0, "List rollouts, newest first",
	 NULL, ctl_rollout_list},
	{"rollout show", "KEY", 1, 1,
	 "Show stages, cells against their bounds, holds and halts",
	 NULL, ctl_rollout_show},
	{"rollout export", "KEY", 1, 1,
	 "Write all that its verdicts come from, for pawl-sim replay",
	 NULL, ctl_rollout_export},
	{"rollout watch", "KEY", 1, 1, "Follow a rollout until it ends",
	 ctl_watch_options, ctl_watch},
	{"rollout pause", "KEY", 1, 1, "Grant nothing until it is resumed",
	 ctl_rollout_reason_options, ctl_rollout_pause},
	{"rollout resume", "KEY", 1, 1, "Go on after a pause",
	 ctl_rollout_reason_options, ctl_rollout_resume},
	{"rollout promote", "KEY", 1, 1, "Go to the next stage of the signed plan",
	 ctl_rollout_reason_options, ctl_rollout_promote},
	{"rollout retry", "KEY", 1, 1,
	 "Let devices that failed try once more; their failures stay counted",
	 ctl_rollout_retry_options, ctl_rollout_retry},
	{"rollout exclude", "KEY DEVICE", 2, 2,
	 "Leave a device out of the plan, in later revisions too",
	 ctl_rollout_reason_options, ctl_rollout_exclude},
	{"rollout include", "KEY DEVICE", 2, 2, "Let a device in again",
	 ctl_rollout_reason_options, ctl_rollout_include},
	{"rollout halt", "KEY", 1, 1,
	 "Stop for good, everywhere or in the cells named; only a new signed "
	 "revision of the plan goes on",
	 ctl_rollout_halt_options, ctl_rollout_halt},

	{"device list", "", 0, 0, "List devices",
	 ctl_device_list_options, ctl_device_list},
	{"device show", "ID", 1, 1, "Show a device and its last reports",
	 NULL, ctl_device_show},
	{"device revoke", "ID", 1, 1, "Make a device's token void",
	 ctl_device_revoke_options, ctl_device_revoke},
	{"fleet export", "", 0, 0,
	 "Write a product's devices as numbers, for pawl-sim plan --fleet",
	 ctl_fleet_export_options, ctl_fleet_export},
	{"why", "ID", 1, 1, "Explain what the server tells a device, and why",
	 NULL, ctl_device_why},

	{"batch new", "ID", 1, 1,
	 "Make a batch of devices and the token they enrol with",
	 ctl_batch_new_options, ctl_batch_new},
	{"batch list", "", 0, 0, "List batches",
	 ctl_ask_page_options, ctl_batch_list},
	{"batch quarantine", "ID", 1, 1,
	 "Let a batch enrol nobody, and count none of its devices",
	 ctl_batch_quarantine_options, ctl_batch_quarantine},

	{"token new", "NAME", 1, 1, "Make an operator's token",
	 ctl_token_new_options, ctl_token_new},
	{"token list", "", 0, 0, "List operators' tokens",
	 ctl_ask_page_options, ctl_token_list},
	{"token revoke", "ID", 1, 1, "Make an operator's token void",
	 ctl_token_revoke_options, ctl_token_revoke},

	{"clock confirm", "", 0, 0,
	 "Say that the server's clock is right after it jumped",
	 ctl_clock_confirm_options, ctl_clock_confirm},
	{"audit list", "", 0, 0, "List what was changed, by whom and why",
	 ctl_audit_list_options, ctl_audit_list},
	/* clang-format on */
};

static const struct cli_group groups[] = {
	{"status", "Publishing"},
	{"rollout plan", "Rollouts"},
	{"device list", "Devices"},
	{"token new", "Operators"},
	{NULL, NULL},
};

const struct cli_program ctl_commands_pawlctl = {
	.name = "pawlctl",
	.help = "Publish, roll out, watch and halt, over a server's admin API",
	.common = common,
	.commands = commands,
	.n_commands = ARRAY_LEN(commands),
	.groups = groups,
};
