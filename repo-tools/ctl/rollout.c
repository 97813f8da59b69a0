#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/plan.h"
#include "repo-tools/ctl/rollout_show.h"
#include "repo-tools/ctl/text.h"

#include <string.h>

const struct cli_option ctl_rollout_reason_options[] = {
	/* clang-format off */
	{"reason", 'r', "TEXT", CLI_REQUIRED, NULL, "why, for the audit log"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};
/* No question is asked: stopping is easier than starting. */
const struct cli_option ctl_rollout_halt_options[] = {
	/* clang-format off */
	{"hw",     0,   "NAME", 0, "*", "only this hardware revision"},
	{"region", 0,   "NAME", 0, "*", "only this region"},
	{"reason", 'r', "TEXT", CLI_REQUIRED, NULL, "why, for the audit log"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};
const struct cli_option ctl_rollout_retry_options[] = {
	/* clang-format off */
	{"cell",   0,   "HW/REGION", 0, NULL, "only this cell (default all)"},
	{"reason", 'r', "TEXT", CLI_REQUIRED, NULL, "why, for the audit log"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

static int show_list(struct cli *c, const struct js_at *root, struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "rollouts", 0, SIZE_MAX, e) != 0)
		return -1;
	return ctl_rollout_show_table(c, &list, n, e);
}

int ctl_rollout_list(struct cli *c, struct err *e)
{
	return ctl_ask_get(c, "/v1/admin/rollouts", show_list, e);
}

int ctl_rollout_show(struct cli *c, struct err *e)
{
	return ctl_ask_one(c, "rollouts", NULL, ctl_rollout_show_all, e);
}

/* What a change left behind, in one line. */
static int show_changed(struct cli *c, const struct js_at *root, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(CTL_ANSWER_MAX);
	int64_t n;

	(void)e;
	buf_puts(&line, "rollout ");
	ctl_text_member(&line, root, "key");
	buf_puts(&line, ": ");
	ctl_rollout_show_line(&line, root);
	cli_print(c, "%s\n", buf_str(&line));
	if (js_get_int(&n, root, "takes_over", 1, NUM_JSON_MAX, NULL) == 0) {
		buf_reset(&line);
		ctl_text_member(&line, root, "takes_over");
		cli_print(c,
		          "It takes over %s devices of a rollout that has not "
		          "ended.\n",
		          buf_str(&line));
	}
	if (js_get_int(&n, root, "may_retry", 0, NUM_JSON_MAX, NULL) == 0) {
		buf_reset(&line);
		ctl_text_member(&line, root, "may_retry");
		cli_print(c,
		          "Devices that may try once more, in no gate: %s.\n",
		          buf_str(&line));
	}
	return 0;
}

static int change(struct cli *c, const char *verb, ctl_fill_fn *fill,
                  struct err *e)
{
	return ctl_ask_change(c, "rollouts", cli_arg(c, 0), verb, fill,
	                      show_changed, e);
}

int ctl_rollout_pause(struct cli *c, struct err *e)
{
	return change(c, "pause", NULL, e);
}

int ctl_rollout_resume(struct cli *c, struct err *e)
{
	return change(c, "resume", NULL, e);
}

int ctl_rollout_promote(struct cli *c, struct err *e)
{
	return change(c, "promote", NULL, e);
}

static int fill_halt(struct cli *c, struct jw *w, struct err *e)
{
	(void)e;
	jw_put_str(w, "hw", cli_get(c, "hw"));
	jw_put_str(w, "region", cli_get(c, "region"));
	return 0;
}

int ctl_rollout_halt(struct cli *c, struct err *e)
{
	return change(c, "halt", fill_halt, e);
}

/* "a7/eu"; either may be "*". */
static int fill_retry(struct cli *c, struct jw *w, struct err *e)
{
	const char *cell = cli_get(c, "cell");
	const char *slash = cell != NULL ? strchr(cell, '/') : NULL;
	char hw[NAME_MAX_LEN + 1] = "*";

	if (cell != NULL && (slash == NULL || slash - cell > NAME_MAX_LEN ||
	                     slash == cell || slash[1] == '\0'))
		return err_set(e, ERR_USAGE,
		               "--cell: '%.130s' is no cell like a7/eu", cell);
	if (cell != NULL)
		(void)snprintf(hw, sizeof(hw), "%.*s", (int)(slash - cell),
		               cell);
	jw_put_str(w, "hw", hw);
	jw_put_str(w, "region", cell != NULL ? slash + 1 : "*");
	return 0;
}

int ctl_rollout_retry(struct cli *c, struct err *e)
{
	return change(c, "retry", fill_retry, e);
}

static int fill_device(struct cli *c, struct jw *w, struct err *e)
{
	(void)e;
	jw_put_str(w, "device", cli_arg(c, 1));
	return 0;
}

int ctl_rollout_exclude(struct cli *c, struct err *e)
{
	return change(c, "exclude", fill_device, e);
}

int ctl_rollout_include(struct cli *c, struct err *e)
{
	return change(c, "include", fill_device, e);
}

static int fill_start(struct cli *c, struct jw *w, struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (ctl_plan_path(&path, c, cli_arg(c, 0), e) != 0)
		return -1;
	jw_put_str(w, "plan", path);
	return 0;
}

int ctl_rollout_start(struct cli *c, struct err *e)
{
	return ctl_ask_change(c, "rollouts", NULL, NULL, fill_start,
	                      show_changed, e);
}
