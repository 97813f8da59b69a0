check_PROGRAMS += unit-pawlctl
TESTS += unit-pawlctl
unit_pawlctl_SOURCES = \
	%D%/folder.c \
	%D%/folder.h \
	%D%/operator.c \
	%D%/operator.h \
	%D%/rollout.h \
	%D%/test_api.c \
	%D%/test_audit.c \
	%D%/test_batch.c \
	%D%/test_catalog.c \
	%D%/test_clock.c \
	%D%/test_commands.c \
	%D%/test_device.c \
	%D%/test_export.c \
	%D%/test_fleet.c \
	%D%/test_folder.c \
	%D%/test_forecast.c \
	%D%/test_problem.c \
	%D%/test_publish.c \
	%D%/test_rollout.c \
	%D%/test_setting.c \
	%D%/test_status.c \
	%D%/test_table.c \
	%D%/test_text.c \
	%D%/test_token.c \
	%D%/test_watch.c \
	tests/support/tool.c \
	tests/support/tool.h
unit_pawlctl_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_pawlctl_LDADD = $(UNIT_LIBS) $(CTL_LIBS) $(PAWL_LIBS)
