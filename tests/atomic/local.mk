# Crashes of a server at every step it makes on its disk. The names of the
# functions that flush are looked up while it runs: hence -rdynamic.
check_PROGRAMS += atomic
TESTS += atomic
ATOMIC_FILES = \
	tests/support/disk_crash.c tests/support/disk_crash.h \
	tests/support/disk_log.c tests/support/disk_log.h \
	tests/support/disk_states.c tests/support/disk_states.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	%D%/acts.c %D%/acts.h \
	%D%/client.c %D%/client.h \
	%D%/flushes.c %D%/flushes.h \
	%D%/world.c %D%/world.h
atomic_SOURCES = $(ATOMIC_FILES) %D%/test_atomic.c
atomic_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
atomic_LDFLAGS = $(AM_LDFLAGS) -rdynamic
atomic_LDADD = $(UNIT_LIBS) $(SERVER_LIBS)

EXTRA_PROGRAMS += slow-atomic
SLOW_TESTS += slow-atomic
slow_atomic_SOURCES = $(ATOMIC_FILES) %D%/test_atomic_slow.c
slow_atomic_CFLAGS = $(atomic_CFLAGS)
slow_atomic_LDFLAGS = $(atomic_LDFLAGS)
slow_atomic_LDADD = $(atomic_LDADD)
