#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/text.h"

#include <inttypes.h>

/* A page; a server that gives less says how to go on. */
#define LIMIT_MAX 100000

const struct cli_option ctl_device_list_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", 0, NULL, "only devices of this product"},
	{"limit",   'n', "N",    0, "50", "at most so many"},
	{"after",   0,   "KEY",  0, NULL, "go on after this one"},
	{NULL,      0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};
const struct cli_option ctl_device_revoke_options[] = {
	/* clang-format off */
	{"reason", 'r', "TEXT", 0, NULL, "why, for the audit log"},
	{"yes",    'y', NULL,   0, NULL, "ask nothing"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

/* A member of a member; "-" when the outer one is null. */
static void inner(struct ctl_table *t, const struct js_at *obj,
                  const char *outer, const char *key)
{
	struct js_at at;

	if (js_get(&at, obj, outer, NULL) == 0)
		ctl_table_member(t, &at, key);
	else
		ctl_table_add(t, "-");
}

static void device_row(struct ctl_table *t, const struct js_at *at)
{
	ctl_table_members(t, at, "id", "product", "hw", "region", "channel",
	                  NULL);
	inner(t, at, "running", "version");
	ctl_table_members(t, at, "last_seen", "label", NULL);
	ctl_table_add(t, ctl_text_has(at, "revoked") ? "revoked" : "");
}

static int show_list(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const columns[] = {
		"ID",      "PRODUCT",   "HW",    "REGION", "CHANNEL",
		"RUNNING", "LAST SEEN", "LABEL", "",       NULL,
	};

	if (ctl_ask_rows(c, root, "devices", columns, device_row, "no devices",
	                 e) != 0)
		return -1;
	ctl_ask_say_next(c, root, "after");
	return 0;
}

int ctl_device_list(struct cli *c, struct err *e)
{
	const char *after = cli_get(c, "after"), *product;
	int64_t limit = 0;

	product = cli_get(c, "product");
	if (cli_int(&limit, c, "limit", 1, LIMIT_MAX, e) != 0 ||
	    (after != NULL && ctl_api_check_word(after, "--after", e) != 0) ||
	    (product != NULL &&
	     ctl_api_check_word(product, "--product", e) != 0))
		return -1;
	SCOPED(free)
	char *path = xasprintf("/v1/admin/devices?limit=%" PRId64 "%s%s%s%s",
	                       limit, after != NULL ? "&after=" : "",
	                       after != NULL ? after : "",
	                       product != NULL ? "&product=" : "",
	                       product != NULL ? product : "");
	return ctl_ask_get(c, path, show_list, e);
}

static int show_running(const struct cli *c, const struct js_at *root,
                        struct err *e)
{
	static const char *const fields[] = {
		"running version",
		"version",
		"running sha256",
		"sha256",
		"counter",
		"counter",
		NULL,
	};
	struct js_at running;

	if (!ctl_text_has(root, "running"))
		return 0;
	if (js_get(&running, root, "running", e) != 0)
		return -1;
	return ctl_ask_fields(c, &running, fields, e);
}

static int show_alarm(const struct cli *c, const struct js_at *root,
                      struct err *e)
{
	static const char *const fields[] = {
		"alarm", "code", "alarm since", "at", "still so", "now", NULL};
	struct js_at alarm;

	if (!ctl_text_has(root, "alarm"))
		return 0;
	if (js_get(&alarm, root, "alarm", e) != 0)
		return -1;
	return ctl_ask_fields(c, &alarm, fields, e);
}

static void report_row(struct ctl_table *t, const struct js_at *at)
{
	ctl_table_members(t, at, "received", "seq", "attempt", "step", "code",
	                  "late", NULL);
}

static int show_reports(const struct cli *c, const struct js_at *root,
                        struct err *e)
{
	static const char *const columns[] = {
		"RECEIVED", ">SEQ", ">ATTEMPT", "STEP", "CODE", "LATE", NULL};

	if (!js_has(root, "reports"))
		return 0;
	cli_print(c, "\n");
	return ctl_ask_rows(c, root, "reports", columns, report_row,
	                    "no reports yet", e);
}

static int show_device(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const fields[] = {
		"device",     "id",         "product",      "product",
		"hardware",   "hw",         "region",       "region",
		"channel",    "channel",    "label",        "label",
		"batch",      "batch",      "enrolled",     "enrolled",
		"last seen",  "last_seen",  "open attempt", "attempt",
		"reports to", "seq",        "clone alarms", "clone_alarms",
		"public key", "public_key", "revoked",      "revoked",
		NULL,
	};

	if (ctl_ask_fields(c, root, fields, e) != 0 ||
	    show_alarm(c, root, e) != 0 || show_running(c, root, e) != 0)
		return -1;
	return show_reports(c, root, e);
}

int ctl_device_show(struct cli *c, struct err *e)
{
	return ctl_ask_one(c, "devices", NULL, show_device, e);
}

int ctl_device_revoke(struct cli *c, struct err *e)
{
	if (ctl_ask_sure(c, "revoke device", cli_arg(c, 0), e) != 0)
		return -1;
	return ctl_ask_change(c, "devices", cli_arg(c, 0), "revoke", NULL,
	                      show_device, e);
}
