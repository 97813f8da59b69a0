server_libserver_a_SOURCES += \
	%D%/auth.c \
	%D%/batches.c \
	%D%/body.c %D%/body.h \
	%D%/clock.c \
	%D%/deps.h \
	%D%/device.c \
	%D%/devices.c \
	%D%/fleet.c \
	%D%/handlers.h \
	%D%/health.c \
	%D%/later.c %D%/later.h \
	%D%/limits.c %D%/limits.h \
	%D%/look.c \
	%D%/page.c \
	%D%/publish.c \
	%D%/retry_exclude.c \
	%D%/rollout_order.c %D%/rollout_order.h \
	%D%/rollouts.c \
	%D%/routes.c \
	%D%/tokens.c %D%/token_new.h \
	%D%/tuf.c
