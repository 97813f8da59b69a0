check_PROGRAMS += unit-tuf
TESTS += unit-tuf
unit_tuf_SOURCES = \
	%D%/test_trust.c
unit_tuf_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_tuf_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
