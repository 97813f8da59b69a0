#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/text.h"

#include <inttypes.h>

#define LIMIT_MAX 100000

const struct cli_option ctl_audit_list_options[] = {
	/* clang-format off */
	{"limit",  'n', "N", 0, "20", "at most so many, newest first"},
	{"before", 0,   "N", 0, NULL, "go on below this number"},
	{NULL,     0,   NULL, 0, NULL, NULL},
	/* clang-format on */
};

static void audit_row(struct ctl_table *t, const struct js_at *at)
{
	ctl_table_members(t, at, "number", "at", ctl_text_who(at, "actor"),
	                  "action", "object", "reason", NULL);
}

static int show_list(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const columns[] = {
		">NUMBER", "AT", "ACTOR", "ACTION", "OBJECT", "REASON", NULL};

	if (ctl_ask_rows(c, root, "audit", columns, audit_row,
	                 "nothing was changed yet", e) != 0)
		return -1;
	ctl_ask_say_next(c, root, "before");
	return 0;
}

int ctl_audit_list(struct cli *c, struct err *e)
{
	int64_t limit = 0, before = 0;

	if (cli_int(&limit, c, "limit", 1, LIMIT_MAX, e) != 0 ||
	    cli_int(&before, c, "before", 1, NUM_JSON_MAX, e) != 0)
		return -1;
	SCOPED(free)
	char *path = xasprintf("/v1/admin/audit?limit=%" PRId64, limit);
	if (before > 0) {
		SCOPED(free)
		char *longer = xasprintf("%s&before=%" PRId64, path, before);

		return ctl_ask_get(c, longer, show_list, e);
	}
	return ctl_ask_get(c, path, show_list, e);
}
