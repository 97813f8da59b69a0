# Each tool is a main() here and the rest of it in rooms, for the tests to run
# in-process.
include %D%/folder/local.mk
include %D%/cmd/local.mk
include %D%/ctl/local.mk

REPO_LIBS = repo-tools/cmd/libcmd.a repo-tools/folder/libfolder.a cli/libcli.a

bin_PROGRAMS += pawl-repo
pawl_repo_SOURCES = \
	%D%/pawl-repo.c
pawl_repo_LDADD = $(REPO_LIBS) $(PAWL_LIBS)

CTL_LIBS = repo-tools/ctl/libctl.a cli/libcli.a $(NET_LIBS)

bin_PROGRAMS += pawlctl
pawlctl_SOURCES = \
	%D%/pawlctl.c
pawlctl_LDADD = $(CTL_LIBS) $(PAWL_LIBS)
