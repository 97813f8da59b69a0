check_PROGRAMS += unit-device
TESTS += unit-device
unit_device_SOURCES = \
	%D%/checks.c %D%/checks.h \
	%D%/fake_server.c %D%/fake_server.h \
	%D%/fakes.c %D%/fakes.h \
	%D%/test_agent.c \
	%D%/test_agent_alarms.c \
	%D%/test_agent_reports.c \
	%D%/test_boot.c \
	%D%/test_check.c \
	%D%/test_checks_carry_out.c \
	%D%/test_checks_plan.c \
	%D%/test_checks_time.c \
	%D%/test_checks_vouched.c \
	%D%/test_crc.c \
	%D%/test_download.c \
	%D%/test_explain.c \
	%D%/test_facts.c \
	%D%/test_identity.c \
	%D%/test_origin.c \
	%D%/test_poll.c \
	%D%/test_provision.c \
	%D%/test_records.c \
	%D%/test_report.c \
	%D%/test_slots.c \
	%D%/test_state.c \
	%D%/test_wire.c
unit_device_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_device_LDADD = $(UNIT_LIBS) device/libdevice.a $(PAWL_LIBS)

TESTS += tests/unit/device/test_pawl_device.sh
EXTRA_DIST += tests/unit/device/test_pawl_device.sh
