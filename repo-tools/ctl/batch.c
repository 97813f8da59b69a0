#include "config.h"

#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/issued.h"
#include "repo-tools/ctl/text.h"

/* A batch of more is several. */
#define QUOTA_MAX 100000000

const struct cli_option ctl_batch_new_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME",  CLI_REQUIRED, NULL, "what its devices are"},
	{"hw",      0,   "NAMES", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "hardware revisions they may have"},
	{"region",  0,   "NAMES", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "regions they may be in"},
	{"channel", 0,   "NAMES", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "channels they may follow"},
	{"quota",   'n', "N",     CLI_REQUIRED, NULL, "how many may enrol"},
	{"expires", 0,   "TIME",  0, "30d",
	 "until when; a time, or a duration from now"},
	{"reason",  'r', "TEXT",  0, NULL, "why, for the audit log"},
	CTL_ISSUED_OPTION,
	{NULL,      0,   NULL,    0, NULL, NULL},
	/* clang-format on */
};
const struct cli_option ctl_batch_quarantine_options[] = {
	/* clang-format off */
	{"reason", 'r', "TEXT", 0, NULL, "why, for the audit log"},
	{"yes",    'y', NULL,   0, NULL, "ask nothing"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

static int fill_batch(struct cli *c, struct jw *w, struct err *e)
{
	int64_t now_s = clock_utc_ms(cli_world(c)->clock) / 1000;
	int64_t quota = 0, expires_s = 0;

	if (cli_int(&quota, c, "quota", 1, QUOTA_MAX, e) != 0 ||
	    cli_time(&expires_s, c, "expires", now_s, e) != 0)
		return -1;
	jw_put_str(w, "id", cli_arg(c, 0));
	jw_put_str(w, "product", cli_get(c, "product"));
	if (ctl_ask_put_list(c, w, "hw", "hw", e) != 0 ||
	    ctl_ask_put_list(c, w, "region", "regions", e) != 0 ||
	    ctl_ask_put_list(c, w, "channel", "channels", e) != 0)
		return -1;
	jw_put_int(w, "quota", quota);
	jw_put_time(w, "expires", expires_s);
	return 0;
}

int ctl_batch_new(struct cli *c, struct err *e)
{
	if (ctl_issued_check(c, e) != 0)
		return -1;
	return ctl_ask_change(c, "batches", NULL, NULL, fill_batch,
	                      ctl_issued_show, e);
}

static void batch_row(struct ctl_table *t, const struct js_at *at)
{
	ctl_table_members(t, at, "id", "product", "hw", "regions", "channels",
	                  "used", "quota", "expires", NULL);
	ctl_table_add(t, ctl_text_has(at, "quarantined") ? "quarantined" : "");
}

static int show_list(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const columns[] = {
		"ID",    "PRODUCT", "HW",      "REGIONS", "CHANNELS",
		">USED", ">QUOTA",  "EXPIRES", "",        NULL,
	};

	if (ctl_ask_rows(c, root, "batches", columns, batch_row,
	                 "no batches; pawlctl batch new makes one", e) != 0)
		return -1;
	ctl_ask_say_next(c, root, "after");
	return 0;
}

int ctl_batch_list(struct cli *c, struct err *e)
{
	return ctl_ask_page(c, "/v1/admin/batches", show_list, e);
}

static int show_batch(struct cli *c, const struct js_at *root, struct err *e)
{
	const char *const fields[] = {
		"batch",       "id",          "product",
		"product",     "hardware",    "hw",
		"regions",     "regions",     "channels",
		"channels",    "used",        "used",
		"quota",       "quota",       "expires",
		"expires",     "made by",     ctl_text_who(root, "created_by"),
		"quarantined", "quarantined", NULL,
	};

	return ctl_ask_fields(c, root, fields, e);
}

int ctl_batch_quarantine(struct cli *c, struct err *e)
{
	if (ctl_ask_sure(c, "quarantine batch", cli_arg(c, 0), e) != 0)
		return -1;
	return ctl_ask_change(c, "batches", cli_arg(c, 0), "quarantine", NULL,
	                      show_batch, e);
}
