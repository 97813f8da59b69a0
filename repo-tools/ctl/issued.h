/*
 * A token that a server made and shows once: on standard output, or in a new
 * file that only its owner can read (--out).
 */
#ifndef REPO_TOOLS_CTL_ISSUED_H
#define REPO_TOOLS_CTL_ISSUED_H

#include "cli/cli.h"
#include "repo-tools/ctl/ask.h"

/* Row of an options table. */
#define CTL_ISSUED_OPTION                                               \
	{                                                               \
		"out", 'o', "FILE", 0, NULL,                            \
			"put the token into this new file, mode 0600, " \
			"instead of showing it"                         \
	}

/* Before the server is asked: could the file be made? */
MUST_USE int ctl_issued_check(const struct cli *c, struct err *e);
/* A ctl_show_fn: the object without its secret, the token where it should
 * go. */
MUST_USE int ctl_issued_show(struct cli *c, const struct js_at *root,
                             struct err *e);

#endif
