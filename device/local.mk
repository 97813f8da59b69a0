# The agent without its main(), so that a fleet can drive hundreds of devices
# in one process.
noinst_LIBRARIES += device/libdevice.a
device_libdevice_a_SOURCES = \
	%D%/agent.c %D%/agent.h \
	%D%/agent_ask.c \
	%D%/agent_internal.h \
	%D%/agent_update.c \
	%D%/boot.c %D%/boot.h \
	%D%/check.c %D%/check.h \
	%D%/crc.c %D%/crc.h \
	%D%/decide.c %D%/decide.h \
	%D%/download.c %D%/download.h \
	%D%/explain.c %D%/explain.h \
	%D%/facts.c %D%/facts.h \
	%D%/folder.c %D%/folder.h \
	%D%/identity.c %D%/identity.h \
	%D%/origin.c %D%/origin.h \
	%D%/poll.c %D%/poll.h \
	%D%/provision.c %D%/provision.h \
	%D%/records.c %D%/records.h \
	%D%/report.c %D%/report.h \
	%D%/slots.c %D%/slots.h \
	%D%/state.c %D%/state.h \
	%D%/state_json.c \
	%D%/wire.c %D%/wire.h \
	%D%/world.c %D%/world.h

# What a program that drives agents links: it brings PAWL_LIBS along.
DEVICE_LIBS = device/libdevice.a $(NET_LIBS) $(PAWL_LIBS)

bin_PROGRAMS += pawl-device
pawl_device_SOURCES = %D%/pawl-device.c
pawl_device_LDADD = cli/libcli.a $(DEVICE_LIBS)
