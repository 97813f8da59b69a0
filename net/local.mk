# The one room of libcurl, shared by pawlctl, pawl-get and the device agent. It
# is loaded when it is needed, so nothing links it.
noinst_LIBRARIES += net/libnet.a
net_libnet_a_SOURCES = \
	%D%/answer.c \
	%D%/answer.h \
	%D%/curl.c \
	%D%/internal.h \
	%D%/net.c \
	%D%/net.h \
	%D%/pace.c \
	%D%/pace.h \
	%D%/place.c \
	%D%/place.h \
	%D%/plain.c
net_libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
NET_LIBS = net/libnet.a
