# What both tools' command lines are made of.
noinst_LIBRARIES += repo-tools/libcli.a
repo_tools_libcli_a_SOURCES = \
	%D%/cli.c \
	%D%/cli.h \
	%D%/cli_help.c \
	%D%/cli_internal.h \
	%D%/cli_value.c \
	%D%/forecast_show.c \
	%D%/forecast_show.h \
	%D%/prompt.c \
	%D%/prompt.h \
	%D%/suggest.c \
	%D%/suggest.h

# pawl-repo without its main(), for the tests to run in-process.
noinst_LIBRARIES += repo-tools/librepo.a
repo_tools_librepo_a_SOURCES = \
	%D%/blob.c \
	%D%/blob.h \
	%D%/carry.c \
	%D%/carry.h \
	%D%/bundle.c \
	%D%/bundle.h \
	%D%/ceremony.c \
	%D%/ceremony.h \
	%D%/changes.c \
	%D%/changes.h \
	%D%/cmd.h \
	%D%/cmd_expiry.c \
	%D%/cmd_delegate.c \
	%D%/cmd_draft.c \
	%D%/cmd_draft_carry.c \
	%D%/cmd_import.c \
	%D%/cmd_init.c \
	%D%/cmd_key.c \
	%D%/cmd_history.c \
	%D%/cmd_lint.c \
	%D%/cmd_plan.c \
	%D%/cmd_product.c \
	%D%/cmd_rekey.c \
	%D%/cmd_release.c \
	%D%/cmd_remove.c \
	%D%/cmd_renew.c \
	%D%/cmd_rotate.c \
	%D%/cmd_show.c \
	%D%/cmd_sign.c \
	%D%/cmd_verify.c \
	%D%/commands.c \
	%D%/commands.h \
	%D%/delegate_bins.c \
	%D%/delegate_bins.h \
	%D%/diff.c \
	%D%/diff.h \
	%D%/draft_import.c \
	%D%/draft_import.h \
	%D%/draft_show.c \
	%D%/draft_show.h \
	%D%/drafts.c \
	%D%/drafts.h \
	%D%/describe.c \
	%D%/describe.h \
	%D%/initiator.c \
	%D%/initiator.h \
	%D%/describe_change.c \
	%D%/findings.c \
	%D%/findings.h \
	%D%/holders.c \
	%D%/holders.h \
	%D%/keyring.c \
	%D%/keyring.h \
	%D%/names.c \
	%D%/names.h \
	%D%/past.c \
	%D%/past.h \
	%D%/plan_options.c \
	%D%/plan_options.h \
	%D%/plan_small.c \
	%D%/plan_small.h \
	%D%/plan_stages.c \
	%D%/plan_stages.h \
	%D%/read_ahead.c \
	%D%/read_ahead.h \
	%D%/rekey.c \
	%D%/rekey.h \
	%D%/rekey_say.c \
	%D%/rekey_stage.c \
	%D%/rekey_say.h \
	%D%/release_options.c \
	%D%/release_options.h \
	%D%/role_doc.c \
	%D%/role_doc.h \
	%D%/source.c \
	%D%/source.h \
	%D%/spread.c \
	%D%/spread.h \
	%D%/stage.c \
	%D%/stage.h \
	%D%/stage_promote.c \
	%D%/text.c \
	%D%/text.h \
	%D%/walk.c \
	%D%/walk.h \
	%D%/workspace.c \
	%D%/workspace.h \
	%D%/workspace_read.c

REPO_LIBS = repo-tools/librepo.a repo-tools/libcli.a

bin_PROGRAMS += pawl-repo
pawl_repo_SOURCES = \
	%D%/pawl-repo.c
pawl_repo_LDADD = $(REPO_LIBS) $(PAWL_LIBS)

# The one room of libcurl, shared by pawlctl, pawl-get and the device agent. It
# is loaded when it is needed, so nothing links it.
noinst_LIBRARIES += repo-tools/libnet.a
repo_tools_libnet_a_SOURCES = \
	%D%/net.c \
	%D%/net.h \
	%D%/net_answer.c \
	%D%/net_answer.h \
	%D%/net_curl.c \
	%D%/net_internal.h \
	%D%/net_pace.c \
	%D%/net_pace.h \
	%D%/net_place.c \
	%D%/net_place.h \
	%D%/net_plain.c
repo_tools_libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
NET_LIBS = repo-tools/libnet.a

# pawlctl without its main(), for the tests to run in-process.
noinst_LIBRARIES += repo-tools/libctl.a
repo_tools_libctl_a_SOURCES = \
	%D%/ctl.h \
	%D%/ctl_api.c \
	%D%/ctl_api.h \
	%D%/ctl_ask.c \
	%D%/ctl_ask.h \
	%D%/ctl_audit.c \
	%D%/ctl_clock.c \
	%D%/ctl_batch.c \
	%D%/ctl_catalog.c \
	%D%/ctl_commands.c \
	%D%/ctl_commands.h \
	%D%/ctl_device.c \
	%D%/ctl_export.c \
	%D%/ctl_fleet.c \
	%D%/ctl_forecast.c \
	%D%/ctl_forecast.h \
	%D%/ctl_forecast_show.c \
	%D%/ctl_folder.c \
	%D%/ctl_folder.h \
	%D%/ctl_issued.c \
	%D%/ctl_issued.h \
	%D%/ctl_known.c \
	%D%/ctl_known.h \
	%D%/ctl_plan.c \
	%D%/ctl_plan.h \
	%D%/ctl_problem.c \
	%D%/ctl_problem.h \
	%D%/ctl_publish.c \
	%D%/ctl_rollout.c \
	%D%/ctl_rollout_show.c \
	%D%/ctl_rollout_show.h \
	%D%/ctl_setting.c \
	%D%/ctl_setting.h \
	%D%/ctl_status.c \
	%D%/ctl_table.c \
	%D%/ctl_table.h \
	%D%/ctl_text.c \
	%D%/ctl_text.h \
	%D%/ctl_token.c \
	%D%/ctl_upload.c \
	%D%/ctl_upload.h \
	%D%/ctl_watch.c \
	%D%/ctl_why.c

CTL_LIBS = repo-tools/libctl.a repo-tools/libcli.a $(NET_LIBS)

bin_PROGRAMS += pawlctl
pawlctl_SOURCES = \
	%D%/pawlctl.c
pawlctl_LDADD = $(CTL_LIBS) $(PAWL_LIBS)
