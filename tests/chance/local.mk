# Random rollouts held to what must hold whatever happens (chance.h).
check_PROGRAMS += chance-tests
TESTS += chance-tests
chance_tests_SOURCES = \
	%D%/chance.c %D%/chance.h \
	%D%/device.c \
	%D%/make.c \
	%D%/world.h \
	%D%/test_chance.c
chance_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
chance_tests_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)

# A hundred thousand of them.
SLOW_TESTS += %D%/slow-chance.sh
SLOW_DEPS += chance-tests
EXTRA_DIST += %D%/slow-chance.sh
