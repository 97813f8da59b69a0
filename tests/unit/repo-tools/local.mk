check_PROGRAMS += unit-repo-tools
TESTS += unit-repo-tools
unit_repo_tools_SOURCES = \
	%D%/test_cli.c \
	%D%/test_keyring.c \
	%D%/test_prompt.c \
	%D%/test_suggest.c \
	%D%/tool.c \
	%D%/tool.h
unit_repo_tools_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_repo_tools_LDADD = $(UNIT_LIBS) $(REPO_LIBS) $(PAWL_LIBS)

check_PROGRAMS += unit-net
TESTS += unit-net
unit_net_SOURCES = %D%/test_net.c
unit_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_net_LDADD = $(UNIT_LIBS) $(NET_LIBS) $(PAWL_LIBS)

# A server that follows a script, for whoever speaks HTTP.
tests_libsupport_a_SOURCES += \
	tests/support/canned.c \
	tests/support/canned.h
