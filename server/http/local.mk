server_libserver_a_SOURCES += \
	%D%/body.c \
	%D%/exchange.c \
	%D%/guard.c %D%/guard.h \
	%D%/head.c \
	%D%/http.c %D%/http.h \
	%D%/inside.h \
	%D%/limit.c %D%/limit.h \
	%D%/listen.c \
	%D%/loop.c \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/park.c \
	%D%/percent.c %D%/percent.h \
	%D%/problem.c \
	%D%/range.c %D%/range.h \
	%D%/reply.c %D%/reply.h \
	%D%/request.c %D%/request.h \
	%D%/route.c %D%/route.h \
	%D%/send.c \
	%D%/wire.c
