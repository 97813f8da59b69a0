# What the command lines of all programs are made of.
noinst_LIBRARIES += cli/libcli.a
cli_libcli_a_SOURCES = \
	%D%/cli.c \
	%D%/cli.h \
	%D%/forecast_show.c \
	%D%/forecast_show.h \
	%D%/help.c \
	%D%/internal.h \
	%D%/prompt.c \
	%D%/prompt.h \
	%D%/suggest.c \
	%D%/suggest.h \
	%D%/value.c
