# What both tools' command lines are made of.
noinst_LIBRARIES += repo-tools/libcli.a
repo_tools_libcli_a_SOURCES = \
	%D%/cli.c \
	%D%/cli.h \
	%D%/cli_help.c \
	%D%/cli_internal.h \
	%D%/cli_value.c \
	%D%/prompt.c \
	%D%/prompt.h \
	%D%/suggest.c \
	%D%/suggest.h

# pawl-repo without its main(), for the tests to run in-process.
noinst_LIBRARIES += repo-tools/librepo.a
repo_tools_librepo_a_SOURCES = \
	%D%/cmd.h \
	%D%/cmd_key.c \
	%D%/commands.c \
	%D%/commands.h \
	%D%/keyring.c \
	%D%/keyring.h

REPO_LIBS = repo-tools/librepo.a repo-tools/libcli.a

bin_PROGRAMS += pawl-repo
pawl_repo_SOURCES = \
	%D%/pawl-repo.c
pawl_repo_LDADD = $(REPO_LIBS) $(PAWL_LIBS)

# The one room of libcurl, shared by pawlctl and the device agent.
noinst_LIBRARIES += repo-tools/libnet.a
repo_tools_libnet_a_SOURCES = %D%/net.c %D%/net.h
repo_tools_libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
NET_LIBS = repo-tools/libnet.a $(CURL_LIBS)
