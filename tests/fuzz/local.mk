# Targets: one file each, self-registering; see tests/support/fuzz.h.
FUZZ_SOURCES = \
	%D%/fuzz_canon.c \
	%D%/fuzz_device.c \
	%D%/fuzz_get.c \
	%D%/fuzz_json.c \
	%D%/fuzz_key.c \
	%D%/fuzz_lint.c \
	%D%/fuzz_net.c \
	%D%/fuzz_rollout.c \
	%D%/fuzz_secretfile.c \
	%D%/fuzz_semver.c \
	%D%/fuzz_sim.c \
	%D%/fuzz_stages.c \
	%D%/fuzz_text.c \
	%D%/fuzz_trust.c \
	%D%/fuzz_tuf.c
FUZZ_LIBS = $(TEST_LIBS) $(REPO_LIBS) device/libdevice.a get/libget.a \
	$(NET_LIBS)
if SERVER
FUZZ_SOURCES += %D%/fuzz_conf.c %D%/fuzz_http.c %D%/fuzz_server_files.c
FUZZ_LIBS += $(SERVER_LIBS)
endif

check_PROGRAMS += pawl-fuzz
TESTS += pawl-fuzz
pawl_fuzz_SOURCES = tests/support/fuzz.c tests/support/fuzz.h $(FUZZ_SOURCES)
pawl_fuzz_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
pawl_fuzz_LDADD = $(FUZZ_LIBS) $(PAWL_LIBS) $(JANSSON_LIBS)
if FUZZ
pawl_fuzz_CFLAGS += -DPAWL_LIBFUZZER
pawl_fuzz_LDFLAGS = -fsanitize=fuzzer
endif
EXTRA_DIST += %D%/corpus
