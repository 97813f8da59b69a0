check_PROGRAMS += unit-tuf
TESTS += unit-tuf
unit_tuf_SOURCES = \
	%D%/test_advisories.c \
	%D%/test_bad_input.c \
	%D%/test_delegate.c \
	%D%/test_doc.c \
	%D%/test_envelope.c \
	%D%/test_memory.c \
	%D%/test_replay.c \
	%D%/test_root.c \
	%D%/test_snapshot.c \
	%D%/test_targets.c \
	%D%/test_trust.c \
	%D%/test_trust_accept.c \
	%D%/test_trust_find.c \
	%D%/test_trust_step.c \
	%D%/world.h
unit_tuf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_tuf_LDFLAGS = $(AM_LDFLAGS) $(FAILING_MALLOC_WRAP)
unit_tuf_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
