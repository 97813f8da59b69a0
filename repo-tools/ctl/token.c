#include "config.h"

#include "repo-tools/ctl/ask.h"
#include "repo-tools/ctl/ctl.h"
#include "repo-tools/ctl/issued.h"
#include "repo-tools/ctl/text.h"

const struct cli_option ctl_token_new_options[] = {
	/* clang-format off */
	{"scope",   0,   "NAMES", CLI_REQUIRED | CLI_REPEATS, NULL,
	 "what it may do: read, publish, rollout, halt, fleet, admin"},
	{"expires", 0,   "TIME",  0, "90d",
	 "until when; a time, or a duration from now"},
	{"reason",  'r', "TEXT",  0, NULL, "why, for the audit log"},
	CTL_ISSUED_OPTION,
	{NULL,      0,   NULL,    0, NULL, NULL},
	/* clang-format on */
};
const struct cli_option ctl_token_revoke_options[] = {
	/* clang-format off */
	{"reason", 'r', "TEXT", 0, NULL, "why, for the audit log"},
	{"yes",    'y', NULL,   0, NULL, "ask nothing"},
	{NULL,     0,   NULL,   0, NULL, NULL},
	/* clang-format on */
};

static int fill_token(struct cli *c, struct jw *w, struct err *e)
{
	int64_t now_s = clock_utc_ms(cli_world(c)->clock) / 1000;
	int64_t expires_s = 0;

	if (cli_time(&expires_s, c, "expires", now_s, e) != 0)
		return -1;
	jw_put_str(w, "name", cli_arg(c, 0));
	if (ctl_ask_put_list(c, w, "scope", "scopes", e) != 0)
		return -1;
	jw_put_time(w, "expires", expires_s);
	return 0;
}

int ctl_token_new(struct cli *c, struct err *e)
{
	if (ctl_issued_check(c, e) != 0)
		return -1;
	return ctl_ask_change(c, "tokens", NULL, NULL, fill_token,
	                      ctl_issued_show, e);
}

static void token_row(struct ctl_table *t, const struct js_at *at)
{
	ctl_table_members(t, at, "id", "name", "scopes", "created", "expires",
	                  NULL);
	ctl_table_add(t, ctl_text_has(at, "revoked") ? "revoked" : "");
}

static int show_list(struct cli *c, const struct js_at *root, struct err *e)
{
	static const char *const columns[] = {
		"ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "", NULL};

	if (ctl_ask_rows(c, root, "tokens", columns, token_row, "no tokens",
	                 e) != 0)
		return -1;
	ctl_ask_say_next(c, root, "after");
	return 0;
}

int ctl_token_list(struct cli *c, struct err *e)
{
	return ctl_ask_page(c, "/v1/admin/tokens", show_list, e);
}

static int show_revoked(struct cli *c, const struct js_at *root, struct err *e)
{
	(void)root;
	(void)e;
	cli_say(c, "Token %s is revoked.\n", cli_arg(c, 0));
	return 0;
}

int ctl_token_revoke(struct cli *c, struct err *e)
{
	if (ctl_ask_sure(c, "revoke token", cli_arg(c, 0), e) != 0)
		return -1;
	return ctl_ask_change(c, "tokens", cli_arg(c, 0), "revoke", NULL,
	                      show_revoked, e);
}
