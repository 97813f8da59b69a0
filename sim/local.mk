# pawl-sim without its main(), for the tests to run in-process.
noinst_LIBRARIES += sim/libsim.a
sim_libsim_a_SOURCES = \
	%D%/cmd_boundary.c \
	%D%/cmd_plan.c \
	%D%/cmd_replay.c \
	%D%/cmd_run.c \
	%D%/commands.c %D%/commands.h \
	%D%/share.c %D%/share.h

SIM_LIBS = sim/libsim.a cli/libcli.a $(PAWL_LIBS)

bin_PROGRAMS += pawl-sim
pawl_sim_SOURCES = %D%/pawl-sim.c
pawl_sim_LDADD = $(SIM_LIBS)
