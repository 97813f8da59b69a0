# tests/api/check_openapi.py holds the answers that the tests log against
# schema/openapi.yaml.
TESTS += tests/api/test_check_openapi.sh
EXTRA_DIST += tests/api/check_openapi.py tests/api/test_check_openapi.sh

check_PROGRAMS += api-tests
TESTS += api-tests %D%/10-openapi.sh
api_tests_SOURCES = \
	tests/support/server_devices.c tests/support/server_devices.h \
	tests/support/server_fixture.c tests/support/server_fixture.h \
	tests/support/server_repo.c tests/support/server_repo.h \
	%D%/world.c %D%/world.h \
	%D%/reporter.c %D%/reporter.h \
	%D%/test_api.c \
	%D%/test_health.c \
	%D%/test_operators.c \
	%D%/test_publish.c \
	%D%/test_rollouts.c \
	%D%/test_signed.c
api_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
api_tests_LDADD = $(UNIT_LIBS) device/libdevice.a $(SERVER_LIBS)
EXTRA_DIST += %D%/10-openapi.sh
CLEANFILES += %D%/answers.jsonl %D%/routes.txt

%D%/10-openapi.log: api-tests.log pawld
