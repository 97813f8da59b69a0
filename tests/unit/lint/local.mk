check_PROGRAMS += unit-lint
TESTS += unit-lint
unit_lint_SOURCES = \
	%D%/pages.c \
	%D%/pages.h \
	%D%/test_lint.c \
	%D%/test_lint_rsa.c \
	%D%/test_patterns.c \
	%D%/test_raw.c \
	%D%/test_rules.c
unit_lint_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_lint_LDADD = $(UNIT_LIBS) $(PAWL_LIBS)
