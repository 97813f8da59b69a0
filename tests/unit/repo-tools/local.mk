check_PROGRAMS += unit-repo-tools
TESTS += unit-repo-tools
unit_repo_tools_SOURCES = \
	%D%/test_bad_input.c \
	%D%/test_cli.c \
	%D%/test_cmd_lint.c \
	%D%/repo.c \
	%D%/repo.h \
	%D%/test_crash.c \
	%D%/test_delegate.c \
	%D%/test_draft.c \
	%D%/test_history.c \
	%D%/test_init.c \
	%D%/test_keyring.c \
	%D%/test_past.c \
	%D%/test_plan.c \
	%D%/test_prompt.c \
	%D%/test_release.c \
	%D%/test_rotate.c \
	%D%/test_sign.c \
	%D%/test_suggest.c \
	%D%/test_text.c \
	%D%/test_verify.c \
	%D%/test_walk.c \
	%D%/test_workspace.c \
	%D%/tool.c \
	%D%/tool.h
unit_repo_tools_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_repo_tools_LDADD = $(UNIT_LIBS) $(REPO_LIBS) $(PAWL_LIBS)

check_PROGRAMS += unit-net
TESTS += unit-net
unit_net_SOURCES = \
	%D%/test_net.c \
	%D%/test_net_answer.c \
	%D%/test_net_pace.c \
	%D%/test_net_place.c \
	%D%/test_net_rooms.c \
	%D%/verbatim.c \
	%D%/verbatim.h
unit_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_net_LDADD = $(UNIT_LIBS) $(NET_LIBS) $(PAWL_LIBS)

# A server that follows a script, for whoever speaks HTTP.
tests_libsupport_a_SOURCES += \
	tests/support/canned.c \
	tests/support/canned.h

check_PROGRAMS += unit-pawlctl
TESTS += unit-pawlctl
unit_pawlctl_SOURCES = \
	%D%/folder.c \
	%D%/folder.h \
	%D%/operator.c \
	%D%/operator.h \
	%D%/rollout.h \
	%D%/test_ctl_api.c \
	%D%/test_ctl_audit.c \
	%D%/test_ctl_batch.c \
	%D%/test_ctl_catalog.c \
	%D%/test_ctl_clock.c \
	%D%/test_ctl_commands.c \
	%D%/test_ctl_device.c \
	%D%/test_ctl_export.c \
	%D%/test_ctl_fleet.c \
	%D%/test_ctl_forecast.c \
	%D%/test_ctl_folder.c \
	%D%/test_ctl_problem.c \
	%D%/test_ctl_publish.c \
	%D%/test_ctl_rollout.c \
	%D%/test_ctl_setting.c \
	%D%/test_ctl_status.c \
	%D%/test_ctl_table.c \
	%D%/test_ctl_text.c \
	%D%/test_ctl_token.c \
	%D%/test_ctl_watch.c \
	%D%/tool.c \
	%D%/tool.h
unit_pawlctl_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_pawlctl_LDADD = $(UNIT_LIBS) $(CTL_LIBS) $(PAWL_LIBS)

# What both tools say of themselves.
check_PROGRAMS += unit-help
TESTS += unit-help
unit_help_SOURCES = %D%/test_help.c %D%/tool.c %D%/tool.h
unit_help_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_help_LDADD = $(UNIT_LIBS) $(REPO_LIBS) $(CTL_LIBS) $(PAWL_LIBS)
