# The agent without its main(), so that a fleet can drive hundreds of devices
# in one process.
noinst_LIBRARIES += device/libdevice.a
device_libdevice_a_SOURCES = \
	%D%/boot.c %D%/boot.h \
	%D%/crc.c %D%/crc.h \
	%D%/download.c %D%/download.h \
	%D%/poll.c %D%/poll.h \
	%D%/provision.c %D%/provision.h \
	%D%/records.c %D%/records.h \
	%D%/report.c %D%/report.h \
	%D%/slots.c %D%/slots.h \
	%D%/state.c %D%/state.h \
	%D%/state_json.c \
	%D%/wire.c %D%/wire.h
