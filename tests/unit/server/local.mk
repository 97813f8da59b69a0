check_PROGRAMS += unit-server
TESTS += unit-server
unit_server_SOURCES = \
	%D%/test_db.c \
	%D%/test_migrate.c
unit_server_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_server_LDADD = $(UNIT_LIBS) $(SERVER_LIBS)

tests_libsupport_a_SOURCES += tests/support/db_fail.c tests/support/db_fail.h
