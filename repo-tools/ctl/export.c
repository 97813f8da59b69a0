#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/ctl.h"

#include <inttypes.h>

/* Trials asked for at once. */
#define PAGE 1000

static int print_page(int64_t *next, struct ctl_api *api, const struct cli *c,
                      const char *base, struct err *e)
{
	SCOPED(ctl_answer_fini)
	struct ctl_answer a = {0};
	SCOPED(free)
	char *path = xasprintf("%s?limit=%d&after=%" PRId64, base, PAGE, *next);
	struct js_at at;

	if (ctl_api_get(api, &a, path, e) != 0 ||
	    ctl_answer_print(&a, c, e) != 0 ||
	    js_get(&at, &a.root, "next", e) != 0)
		return -1;
	if (js_is_null(&at)) {
		*next = -1;
		return 0;
	}
	/* A server that stands still is not asked for ever. */
	return js_as_int(next, &at, *next + 1, NUM_JSON_MAX, e);
}

/* A file for pawl-sim, a page a line, the same with and without --json. */
int ctl_rollout_export(struct cli *c, struct err *e)
{
	SCOPED(ctl_api_fini)
	struct ctl_api api = {0};
	SCOPED(free)
	char *base = NULL;
	int64_t next = 0;

	if (ctl_api_path(&base, "rollouts", cli_arg(c, 0), "export",
	                 "the argument", e) != 0 ||
	    ctl_api_open(&api, c, e) != 0)
		return -1;
	while (next >= 0)
		if (print_page(&next, &api, c, base, e) != 0)
			return -1;
	return 0;
}
