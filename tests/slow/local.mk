# What takes minutes: `make check-slow`. A member of SLOW_TESTS is a program,
# or a script named .sh, whose last line is "N passed, N failed".
if SERVER
EXTRA_PROGRAMS += slow-server
SLOW_TESTS += slow-server
slow_server_SOURCES = \
	tests/support/days.c tests/support/days.h \
	tests/support/server_devices.c tests/support/server_devices.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	tests/support/server_repo.c tests/support/server_repo.h \
	%D%/test_days_slow.c
slow_server_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
slow_server_LDADD = $(UNIT_LIBS) $(SERVER_LIBS)

SLOW_TESTS += %D%/http-fleet.sh
SLOW_DEPS += pawld pawl-fleet pawl-repo pawlctl pawl-sim
endif
EXTRA_DIST += %D%/http-fleet.sh
