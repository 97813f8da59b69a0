server_libserver_a_SOURCES += \
	%D%/actor.c \
	%D%/catalog.c \
	%D%/census.c %D%/census.h \
	%D%/device.c \
	%D%/eta.c \
	%D%/export.c \
	%D%/holds.c \
	%D%/rollout.c \
	%D%/scope.c \
	%D%/show.c %D%/show.h \
	%D%/watch.c %D%/watch.h \
	%D%/why.c
