check_PROGRAMS += unit-base
TESTS += unit-base
unit_base_SOURCES = \
	%D%/test_err.c
unit_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_base_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
