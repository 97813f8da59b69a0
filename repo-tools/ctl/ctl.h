/*
 * The commands of pawlctl, one file per noun; commands.c is their table.
 *
 * Each is the same three steps: ask (api.h), then print the server's
 * object with --json, or else what a person wants of it.
 */
#ifndef REPO_TOOLS_CTL_CTL_H
#define REPO_TOOLS_CTL_CTL_H

#include "cli/cli.h"

#include <stdint.h>

/* What pawlctl asks of its world besides struct cli_world; its ctx. NULL
 * waits really. */
struct ctl_world {
	void (*wait)(void *ctx, int64_t ms);
	void *ctx;
};

cli_fn ctl_status;

extern const struct cli_option ctl_publish_options[];
cli_fn ctl_publish;

cli_fn ctl_catalog;

extern const struct cli_option ctl_rollout_plan_options[];
extern const struct cli_option ctl_rollout_reason_options[],
	ctl_rollout_halt_options[], ctl_rollout_retry_options[],
	ctl_watch_options[];
cli_fn ctl_rollout_list, ctl_rollout_show, ctl_rollout_start, ctl_rollout_pause,
	ctl_rollout_resume, ctl_rollout_promote, ctl_rollout_halt,
	ctl_rollout_retry, ctl_rollout_exclude, ctl_rollout_include,
	ctl_rollout_export, ctl_rollout_plan;
cli_fn ctl_watch;

extern const struct cli_option ctl_fleet_export_options[];
cli_fn ctl_fleet_export;

extern const struct cli_option ctl_device_list_options[],
	ctl_device_revoke_options[];
cli_fn ctl_device_list, ctl_device_show, ctl_device_revoke, ctl_device_why;

extern const struct cli_option ctl_batch_new_options[],
	ctl_batch_quarantine_options[];
cli_fn ctl_batch_new, ctl_batch_list, ctl_batch_quarantine;

extern const struct cli_option ctl_token_new_options[],
	ctl_token_revoke_options[];
cli_fn ctl_token_new, ctl_token_list, ctl_token_revoke;

extern const struct cli_option ctl_clock_confirm_options[];
cli_fn ctl_clock_confirm;

extern const struct cli_option ctl_audit_list_options[];
cli_fn ctl_audit_list;

#endif
