server_libserver_a_SOURCES += \
	%D%/guard.c %D%/guard.h \
	%D%/limit.c %D%/limit.h \
	%D%/percent.c %D%/percent.h \
	%D%/problem.c \
	%D%/range.c %D%/range.h \
	%D%/reply.c %D%/reply.h \
	%D%/request.c %D%/request.h \
	%D%/route.c %D%/route.h
