# What a thief of all online keys can make the real pawl-device do over HTTP:
# nothing. tests/unit/device has the same checks one by one, in process.
check_PROGRAMS += hostile-tests
TESTS += hostile-tests
hostile_tests_SOURCES = \
	tests/support/door_http.c tests/support/door_http.h \
	tests/unit/device/fake_server.c tests/unit/device/fake_server.h \
	tests/unit/device/fakes.c tests/unit/device/fakes.h \
	%D%/thief.c %D%/thief.h \
	%D%/test_online_keys.c
hostile_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
hostile_tests_LDADD = $(UNIT_LIBS) device/libdevice.a $(PAWL_LIBS)
