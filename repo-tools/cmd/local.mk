# The commands of pawl-repo.
noinst_LIBRARIES += repo-tools/cmd/libcmd.a
repo_tools_cmd_libcmd_a_SOURCES = \
	%D%/ceremony.c \
	%D%/ceremony.h \
	%D%/cmd.h \
	%D%/commands.c \
	%D%/commands.h \
	%D%/delegate.c \
	%D%/delegate_bins.c \
	%D%/delegate_bins.h \
	%D%/draft.c \
	%D%/draft_carry.c \
	%D%/expiry.c \
	%D%/history.c \
	%D%/import.c \
	%D%/init.c \
	%D%/key.c \
	%D%/lint.c \
	%D%/plan.c \
	%D%/plan_options.c \
	%D%/plan_options.h \
	%D%/product.c \
	%D%/rekey.c \
	%D%/release.c \
	%D%/release_options.c \
	%D%/release_options.h \
	%D%/remove.c \
	%D%/remove.h \
	%D%/renew.c \
	%D%/rotate.c \
	%D%/show.c \
	%D%/sign.c \
	%D%/verify.c
