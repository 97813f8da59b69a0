check_PROGRAMS += unit-repo-tools
TESTS += unit-repo-tools
unit_repo_tools_SOURCES = \
	%D%/desks.c \
	%D%/desks.h \
	%D%/repo.c \
	%D%/repo.h \
	%D%/test_bad_draft.c \
	%D%/test_bad_input.c \
	%D%/test_crash.c \
	%D%/test_delegate.c \
	%D%/test_draft.c \
	%D%/test_draft_import.c \
	%D%/test_drafts.c \
	%D%/test_history.c \
	%D%/test_init.c \
	%D%/test_initiator.c \
	%D%/test_keyring.c \
	%D%/test_lint.c \
	%D%/test_past.c \
	%D%/test_plan.c \
	%D%/test_release.c \
	%D%/test_rotate.c \
	%D%/test_sign.c \
	%D%/test_text.c \
	%D%/test_verify.c \
	%D%/test_walk.c \
	%D%/test_workspace.c \
	tests/support/tool.c \
	tests/support/tool.h
unit_repo_tools_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_repo_tools_LDADD = $(UNIT_LIBS) $(REPO_LIBS) $(PAWL_LIBS)

# What both tools say of themselves.
check_PROGRAMS += unit-help
TESTS += unit-help
unit_help_SOURCES = %D%/test_help.c tests/support/tool.c tests/support/tool.h
unit_help_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_help_LDADD = $(UNIT_LIBS) $(REPO_LIBS) $(CTL_LIBS) $(PAWL_LIBS)
