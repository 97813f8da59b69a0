#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/ctl.h"

const struct cli_option ctl_fleet_export_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "whose devices"},
	{NULL,      0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

/* It is a file for pawl-sim, and so the same with and without --json. */
int ctl_fleet_export(struct cli *c, struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	SCOPED(free)
	char *path = NULL;
	const char *product = cli_get(c, "product");

	if (ctl_api_check_word(product, "--product", e) != 0)
		return -1;
	path = xasprintf("/v1/admin/fleet?product=%s", product);
	if (ctl_api_open(&api, c, e) != 0 ||
	    ctl_api_get(&api, &a, path, e) != 0)
		return -1;
	return ctl_answer_print(&a, c, e);
}
