check_PROGRAMS += unit-net
TESTS += unit-net
unit_net_SOURCES = \
	%D%/test_answer.c \
	%D%/test_net.c \
	%D%/test_pace.c \
	%D%/test_place.c \
	%D%/test_rooms.c \
	%D%/verbatim.c \
	%D%/verbatim.h
unit_net_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
unit_net_LDADD = $(UNIT_LIBS) $(NET_LIBS) $(PAWL_LIBS)
