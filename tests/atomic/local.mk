# Crashes at every step on a disk: of a server, and of pawl-repo and pawl-get.
# The names of the functions that flush are looked up while it runs: hence
# -rdynamic.
DISK_FILES = \
	tests/support/disk_crash.c tests/support/disk_crash.h \
	tests/support/disk_log.c tests/support/disk_log.h \
	tests/support/disk_sites.c tests/support/disk_sites.h \
	tests/support/disk_states.c tests/support/disk_states.h \
	tests/support/symbols.c tests/support/symbols.h

check_PROGRAMS += atomic-tools
TESTS += atomic-tools
ATOMIC_TOOLS_FILES = $(DISK_FILES) \
	tests/unit/get/mirror.c tests/unit/get/mirror.h \
	tests/unit/repo-tools/repo.c tests/unit/repo-tools/repo.h \
	tests/support/tool.c tests/support/tool.h \
	tests/unit/device/fake_server.c tests/unit/device/fake_server.h \
	tests/unit/device/fakes.c tests/unit/device/fakes.h \
	%D%/crashes.c %D%/crashes.h \
	%D%/device.c %D%/device.h \
	%D%/test_device.c \
	%D%/test_get.c \
	%D%/test_repo.c
atomic_tools_SOURCES = $(ATOMIC_TOOLS_FILES) %D%/crashes_sample.c
atomic_tools_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
atomic_tools_LDFLAGS = $(AM_LDFLAGS) -rdynamic
atomic_tools_LDADD = $(UNIT_LIBS) $(REPO_LIBS) device/libdevice.a $(GET_LIBS)

EXTRA_PROGRAMS += slow-atomic-tools
SLOW_TESTS += slow-atomic-tools
slow_atomic_tools_SOURCES = $(ATOMIC_TOOLS_FILES) %D%/crashes_whole.c
slow_atomic_tools_CFLAGS = $(atomic_tools_CFLAGS)
slow_atomic_tools_LDFLAGS = $(atomic_tools_LDFLAGS)
slow_atomic_tools_LDADD = $(atomic_tools_LDADD)

if SERVER
check_PROGRAMS += atomic
TESTS += atomic
ATOMIC_FILES = $(DISK_FILES) \
	tests/support/server_devices.c tests/support/server_devices.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	tests/support/server_repo.c tests/support/server_repo.h \
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
endif
