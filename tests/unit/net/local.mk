check_PROGRAMS += unit-net
TESTS += unit-net
unit_net_SOURCES = \
	%D%/test_answer.c \
	%D%/test_net.c \
	%D%/test_pace.c \
	%D%/test_place.c \
	%D%/test_rooms.c \
	%D%/test_tls.c \
	%D%/verbatim.c \
	%D%/verbatim.h
unit_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_net_LDADD = $(UNIT_LIBS) $(NET_LIBS) $(PAWL_LIBS)
# One function of libcurl is ours in test_tls.c, found as a library's would be.
unit_net_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic-symbol=curl_easy_reset
