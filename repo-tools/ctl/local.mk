# The commands of pawlctl.
noinst_LIBRARIES += repo-tools/ctl/libctl.a
repo_tools_ctl_libctl_a_SOURCES = \
	%D%/api.c \
	%D%/api.h \
	%D%/ask.c \
	%D%/ask.h \
	%D%/audit.c \
	%D%/batch.c \
	%D%/catalog.c \
	%D%/clock.c \
	%D%/commands.c \
	%D%/commands.h \
	%D%/ctl.h \
	%D%/device.c \
	%D%/export.c \
	%D%/fleet.c \
	%D%/folder.c \
	%D%/folder.h \
	%D%/forecast.c \
	%D%/forecast.h \
	%D%/forecast_show.c \
	%D%/issued.c \
	%D%/issued.h \
	%D%/known.c \
	%D%/known.h \
	%D%/plan.c \
	%D%/plan.h \
	%D%/problem.c \
	%D%/problem.h \
	%D%/publish.c \
	%D%/rollout.c \
	%D%/rollout_show.c \
	%D%/rollout_show.h \
	%D%/setting.c \
	%D%/setting.h \
	%D%/status.c \
	%D%/table.c \
	%D%/table.h \
	%D%/text.c \
	%D%/text.h \
	%D%/token.c \
	%D%/upload.c \
	%D%/upload.h \
	%D%/watch.c \
	%D%/why.c
