check_PROGRAMS += unit-get
TESTS += unit-get
unit_get_SOURCES = \
	%D%/mirror.c %D%/mirror.h \
	%D%/test_artifact.c \
	%D%/test_get.c \
	%D%/test_name.c \
	%D%/test_pawl_get.c \
	%D%/test_static.c \
	%D%/test_store.c \
	%D%/test_url.c
unit_get_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_get_LDADD = $(UNIT_LIBS) $(GET_LIBS)
EXTRA_DIST += %D%/static
