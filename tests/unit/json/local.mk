check_PROGRAMS += unit-json
TESTS += unit-json
unit_json_SOURCES = \
	%D%/test_canon.c \
	%D%/test_js.c \
	%D%/test_jw.c \
	%D%/test_parse.c
unit_json_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_json_LDFLAGS = $(AM_LDFLAGS) $(FAILING_MALLOC_WRAP)
unit_json_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
