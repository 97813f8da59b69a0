check_PROGRAMS += unit-catalog
TESTS += unit-catalog
unit_catalog_SOURCES = \
	%D%/test_bins.c \
	%D%/test_catalog.c \
	%D%/test_delegations.c \
	%D%/test_history.c \
	%D%/test_plain.c \
	%D%/test_probe.c \
	%D%/world.c \
	%D%/world.h
unit_catalog_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_catalog_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
