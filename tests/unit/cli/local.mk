check_PROGRAMS += unit-cli
TESTS += unit-cli
unit_cli_SOURCES = \
	%D%/test_cli.c \
	%D%/test_prompt.c \
	%D%/test_suggest.c \
	tests/support/tool.c \
	tests/support/tool.h
unit_cli_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_cli_LDADD = $(UNIT_LIBS) cli/libcli.a $(PAWL_LIBS)
