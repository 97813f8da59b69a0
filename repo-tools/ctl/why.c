#include "config.h"

#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/text.h"

/* "reached: 123456 of 10^6, in from 20000 on" says what a bucket means. */
static void print_bucket(const struct cli *c, const struct js_at *decision)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(200);
	int64_t bucket, ppm;

	if (js_get_int(&bucket, decision, "bucket", 0, 1000000, NULL) != 0)
		return;
	buf_puts(&line, "bucket    at ");
	ctl_text_share(&line, bucket);
	if (js_get_int(&ppm, decision, "ppm", 0, 1000000, NULL) == 0) {
		buf_puts(&line, " of the fleet; the stage has those below ");
		ctl_text_share(&line, ppm);
	}
	cli_print(c, "%s\n", buf_str(&line));
}

/* "label  text (code)" of a part that has both. */
static void print_part(const struct cli *c, const char *label,
                       const struct js_at *root, const char *key,
                       struct buf *line)
{
	struct js_at at;

	if (!ctl_text_has(root, key) || js_get(&at, root, key, NULL) != 0)
		return;
	buf_reset(line);
	ctl_text_member(line, &at, "text");
	buf_puts(line, " (");
	ctl_text_member(line, &at, "code");
	if (ctl_text_has(&at, "check")) {
		buf_puts(line, ", check ");
		ctl_text_member(line, &at, "check");
	}
	buf_puts(line, ")");
	cli_print(c, "%-9s %s\n", label, buf_str(line));
}

static void print_trial(const struct cli *c, const struct js_at *root,
                        struct buf *line)
{
	struct js_at at;

	if (!ctl_text_has(root, "trial") ||
	    js_get(&at, root, "trial", NULL) != 0)
		return;
	buf_reset(line);
	buf_puts(line, "rollout ");
	ctl_text_member(line, &at, "rollout");
	buf_puts(line, ", attempt ");
	ctl_text_member(line, &at, "attempt");
	buf_puts(line, ", ");
	ctl_text_member(line, &at, "step");
	cli_print(c, "trial     %s\n", buf_str(line));
}

static int print_steps(const struct cli *c, const struct js_at *root,
                       struct buf *line, struct err *e)
{
	struct js_at steps;
	size_t n;

	if (!js_has(root, "steps"))
		return 0;
	if (js_get_array(&steps, &n, root, "steps", 0, SIZE_MAX, e) != 0)
		return -1;
	if (n > 0)
		cli_print(c, "\n");
	for (size_t i = 0; i < n; i++) {
		struct js_at step = js_element(&steps, i);

		buf_reset(line);
		ctl_text_member(line, &step, "text");
		cli_print(c, "%3zu. %s\n", i + 1, buf_str(line));
	}
	return 0;
}

static int show_why(struct cli *c, const struct js_at *root, struct err *e)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(CTL_ANSWER_MAX);
	struct js_at decision;

	if (js_get(&decision, root, "decision", e) != 0)
		return -1;
	ctl_text_member(&line, root, "device");
	cli_print(c, "device    %s\n", buf_str(&line));
	print_part(c, "decision", root, "decision", &line);
	print_bucket(c, &decision);
	if (ctl_text_has(root, "plan")) {
		buf_reset(&line);
		ctl_text_member(&line, root, "plan");
		cli_print(c, "plan      %s\n", buf_str(&line));
	}
	print_part(c, "grant", root, "grant", &line);
	print_trial(c, root, &line);
	return print_steps(c, root, &line, e);
}

int ctl_device_why(struct cli *c, struct err *e)
{
	return ctl_ask_one(c, "devices", "why", show_why, e);
}
