# Everything of the server but its main(): the daemon and the tests link it.
noinst_LIBRARIES += server/libserver.a
server_libserver_a_SOURCES =
nodist_server_libserver_a_SOURCES =
server_libserver_a_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS) $(SQLITE_CFLAGS) \
	$(INIH_CFLAGS)

# What a program of the server links: it brings PAWL_LIBS along.
SERVER_LIBS = server/libserver.a $(PAWL_LIBS) $(MHD_LIBS) $(SQLITE_LIBS) \
	$(INIH_LIBS)

include %D%/conf/local.mk
include %D%/http/local.mk
include %D%/store/local.mk
include %D%/repo/local.mk
include %D%/roster/local.mk
include %D%/fleet/local.mk
include %D%/show/local.mk
include %D%/publish/local.mk
include %D%/devices/local.mk
include %D%/api/local.mk

# The dashboard, compiled in.
server_libserver_a_SOURCES += web/assets.h web/find.c
nodist_server_libserver_a_SOURCES += web/assets.c

server_libserver_a_SOURCES += \
	%D%/app.c %D%/app.h \
	%D%/descriptors.c %D%/descriptors.h \
	%D%/history.c %D%/history.h

sbin_PROGRAMS += pawld
pawld_SOURCES = %D%/main.c
pawld_CFLAGS = $(AM_CFLAGS) -DSYSCONFDIR='"$(sysconfdir)"'
pawld_LDADD = $(SERVER_LIBS)
