#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/rollout_show.h"
#include "repo-tools/ctl/text.h"

#include <string.h>

/* What leaves room for the rest on a screen of 40 lines. */
#define ROLLOUTS_MAX 10
#define EVENTS_MAX 10

static void print_ready(const struct cli *c, const struct js_at *root)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(CTL_ANSWER_MAX);
	bool ready = false, solo = false;

	ctl_table_word(c, js_get_bool(&ready, root, "ready", NULL) == 0 && ready
	                          ? "ready"
	                          : "NOT READY");
	if (ctl_text_has(root, "trouble")) {
		ctl_text_member(&line, root, "trouble");
		/* An empty list is shown as "-": no trouble. */
		if (strcmp(buf_str(&line), "-") != 0)
			cli_print(c, ": %s", buf_str(&line));
	}
	cli_print(c, "\n");
	if (js_get_bool(&solo, root, "solo", NULL) == 0 && solo)
		cli_print(c, "SOLO: one key alone can sign for some offline "
		             "role\n");
}

/* What is wrong and who must do what; what will be wrong soon. A server of an
 * earlier version says neither. */
static int print_lines(const struct cli *c, const struct js_at *root,
                       const char *key, const char *before, struct err *e)
{
	struct js_at list;
	const char *text;
	size_t n = 0;

	if (js_has(root, key) &&
	    js_get_array(&list, &n, root, key, 0, SIZE_MAX, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		SCOPED(buf_fini)
		struct buf clean = BUF_INIT(CTL_ANSWER_MAX);
		struct js_at at = js_element(&list, i);

		if (js_as_str(&text, &at, SIZE_MAX, e) != 0)
			return -1;
		ctl_text_clean(&clean, text);
		cli_print(c, "%s%s\n", before, buf_str(&clean));
	}
	return 0;
}

/* "2026-03-02T00:00:00Z (in 23h)", by the server's own clock. */
static void add_expiry(struct ctl_table *t, const struct js_at *root)
{
	SCOPED(buf_fini)
	struct buf line = BUF_INIT(256);
	int64_t now_s, expires_s;

	ctl_text_member(&line, root, "timestamp_expires");
	if (js_get_time(&now_s, root, "time", NULL) == 0 &&
	    js_get_time(&expires_s, root, "timestamp_expires", NULL) == 0) {
		if (expires_s > now_s) {
			buf_puts(&line, " (in ");
			ctl_text_span(&line, expires_s - now_s);
			buf_putc(&line, ')');
		} else {
			buf_puts(&line, " (EXPIRED)");
		}
	}
	ctl_table_add(t, buf_str(&line));
}

static int show_server(const struct cli *c, const struct js_at *root,
                       struct err *e)
{
	static const char *const columns[] = {"", "", NULL};
	static const char *const fields[][2] = {
		{"time", "time"},
		{"repository", "repo"},
		{"root", "root_version"},
		{"timestamp", "timestamp_version"},
		{"devices", "devices"},
		{"alarms", "alarms"},
		{"seen in 24 h", "seen_24h"},
		{"reports", "reports_stored"},
	};
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};

	ctl_table_init(&t, c, columns);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		ctl_table_add(&t, fields[i][0]);
		ctl_table_member(&t, root, fields[i][1]);
	}
	ctl_table_add(&t, "next expiry");
	add_expiry(&t, root);
	return ctl_table_print(&t, "", e);
}

static int show_rollouts(const struct cli *c, const struct js_at *root,
                         struct err *e)
{
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "rollouts", 0, SIZE_MAX, e) != 0)
		return -1;
	cli_print(c, "\n");
	if (ctl_rollout_show_table(c, &list, ROLLOUTS_MAX, e) != 0)
		return -1;
	if (n > ROLLOUTS_MAX)
		cli_print(c, "and %zu more: pawlctl rollout list\n",
		          n - ROLLOUTS_MAX);
	return 0;
}

static int show_events(const struct cli *c, const struct js_at *root,
                       struct err *e)
{
	static const char *const columns[] = {"AT",     "ACTOR",  "ACTION",
	                                      "OBJECT", "REASON", NULL};
	SCOPED(ctl_table_fini)
	struct ctl_table t = {0};
	struct js_at list;
	size_t n;

	if (js_get_array(&list, &n, root, "events", 0, SIZE_MAX, e) != 0)
		return -1;
	ctl_table_init(&t, c, columns);
	for (size_t i = 0; i < n && i < EVENTS_MAX; i++) {
		struct js_at at = js_element(&list, i);

		ctl_table_members(&t, &at, "at", ctl_text_who(&at, "actor"),
		                  "action", "object", "reason", NULL);
	}
	cli_print(c, "\n");
	return ctl_table_print(&t, "nothing was changed yet", e);
}

static int show_overview(struct cli *c, const struct js_at *root, struct err *e)
{
	print_ready(c, root);
	if (print_lines(c, root, "advice", "  ", e) != 0 ||
	    print_lines(c, root, "warnings", "  soon: ", e) != 0 ||
	    print_lines(c, root, "publish_warnings", "  published: ", e) != 0)
		return -1;
	if (show_server(c, root, e) != 0 || show_rollouts(c, root, e) != 0)
		return -1;
	return show_events(c, root, e);
}

int ctl_status(struct cli *c, struct err *e)
{
	return ctl_ask_get(c, "/v1/admin/overview", show_overview, e);
}
