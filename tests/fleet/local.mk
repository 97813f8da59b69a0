# A fleet of real device agents in one process, and a proxy that spoils what
# passes through it: script/demo and the story tests run them.
FLEET_LIBS = device/libdevice.a $(NET_LIBS) $(PAWL_LIBS)

noinst_PROGRAMS += pawl-fleet
pawl_fleet_SOURCES = \
	%D%/fleet.c \
	%D%/harm.c %D%/harm.h \
	%D%/life.c %D%/life.h \
	%D%/options.c %D%/options.h \
	%D%/profile.c %D%/profile.h \
	%D%/show.c %D%/show.h \
	%D%/workers.c %D%/workers.h
pawl_fleet_LDADD = $(FLEET_LIBS)

noinst_PROGRAMS += pawl-flip
pawl_flip_SOURCES = %D%/flip.c
