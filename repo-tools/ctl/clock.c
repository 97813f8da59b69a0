#include "config.h"

#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/text.h"

const struct cli_option ctl_clock_confirm_options[] = {
	/* clang-format off */
	{"reason", 'r', "TEXT", CLI_REQUIRED, NULL, "why, for the audit log"},
	{"yes",    'y', NULL,   0, NULL, "ask nothing"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

static int show_confirmed(struct cli *c, const struct js_at *root,
                          struct err *e)
{
	(void)root;
	(void)e;
	cli_say(c, "The server signs by its clock again.\n");
	return 0;
}

int ctl_clock_confirm(struct cli *c, struct err *e)
{
	if (ctl_ask_sure(c, "believe", "the server's clock as it stands", e) !=
	    0)
		return -1;
	return ctl_ask_change(c, "clock", NULL, "confirm", NULL, show_confirmed,
	                      e);
}
