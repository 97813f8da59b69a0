# Test programs. Each folder of tests/unit is one program; its local.mk lists
# the files. Every program ends with a line "N passed, N failed", which
# tests/sum.sh adds up.

TEST_LIBS = tests/libsupport.a
check_LIBRARIES += tests/libsupport.a
tests_libsupport_a_SOURCES = \
	%D%/support/bad_input.c %D%/support/bad_input.h \
	%D%/support/canned.c %D%/support/canned.h \
	%D%/support/failing_malloc.c %D%/support/failing_malloc.h \
	%D%/support/raw_http.c %D%/support/raw_http.h \
	%D%/support/rsa_sign.c %D%/support/rsa_sign.h \
	%D%/support/tuf_repo.c %D%/support/tuf_repo.h
tests_libsupport_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_LIBRARIES += tests/librunner.a
tests_librunner_a_SOURCES = %D%/support/runner.c %D%/support/runner.h
tests_librunner_a_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# See tests/support/failing_malloc.h.
FAILING_MALLOC_WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=reallocarray,--wrap=strdup

UNIT_LIBS = tests/librunner.a $(TEST_LIBS) $(CHECK_LIBS)

include tests/unit/base/local.mk
include tests/unit/json/local.mk
include tests/unit/crypto/local.mk
include tests/unit/tuf/local.mk
include tests/unit/lint/local.mk
include tests/unit/rollout/local.mk
include tests/unit/catalog/local.mk
include tests/unit/cli/local.mk
include tests/unit/net/local.mk
include tests/unit/repo-tools/local.mk
include tests/unit/pawlctl/local.mk
include tests/unit/device/local.mk
include tests/hostile/local.mk
include tests/unit/get/local.mk
include tests/unit/sim/local.mk
include tests/chance/local.mk
include tests/story/local.mk
if SERVER
include tests/unit/server/local.mk
include tests/api/local.mk
include tests/twin/local.mk
include tests/bench/local.mk
endif
include tests/atomic/local.mk
include tests/fuzz/local.mk
include tests/slow/local.mk
include tests/mutants/local.mk

TESTS += tests/check-advisories.sh tests/check-clients.sh \
	tests/check-codes.sh \
	tests/check-includes.sh tests/check-mutants.sh tests/check-page.sh \
	tests/check-tables.sh tests/check-themes.sh tests/check-threats.sh
EXTRA_DIST += tests/check-advisories.sh tests/advisories.txt \
	tests/check-clients.sh \
	tests/check-codes.sh tests/check-tables.sh tests/check-threats.sh tests/named-tests.sh
EXTRA_DIST += tests/check-page.sh tests/page/test_words.js
EXTRA_DIST += tests/check-themes.sh tests/conformance-themes.txt
EXTRA_DIST += tests/check-includes.sh tests/check-mutants.sh \
	tests/layers.txt tests/layers.awk tests/sum.sh

include tests/interop/local.mk
