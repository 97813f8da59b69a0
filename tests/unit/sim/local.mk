check_PROGRAMS += unit-sim
TESTS += unit-sim
unit_sim_SOURCES = \
	tests/support/tool.c \
	tests/support/tool.h \
	%D%/exact.c \
	%D%/exact.h \
	%D%/export.c \
	%D%/export.h \
	%D%/test_boundary.c \
	%D%/test_course.c \
	%D%/test_estimate.c \
	%D%/test_fleet.c \
	%D%/test_habit.c \
	%D%/test_peer.c \
	%D%/test_plan.c \
	%D%/test_replay.c \
	%D%/test_replay_cmd.c \
	%D%/test_rule.c \
	%D%/test_run.c \
	%D%/test_share.c \
	%D%/test_stage.c
unit_sim_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_sim_LDADD = $(UNIT_LIBS) $(SIM_LIBS)
