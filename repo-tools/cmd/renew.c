#include "config.h"

#include "lib/catalog/jump.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/drafts.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_renew_options[] = {
	{"above", 0, "VERSION", 0, NULL,
         "number it above this one, which a thief has used"},
	{NULL, 0, NULL, 0, NULL, NULL},
};

static int renew_one(const struct workspace *ws, const char *role,
                     size_t *dropped, struct err *e)
{
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};

	if (strcmp(role, "root") != 0) {
		if (stage_draft(&t, ws, role, e) != 0)
			return -1;
		return stage_put(ws, role, &t, dropped, e);
	}
	if (stage_draft_root(&root, ws, e) != 0)
		return -1;
	return stage_put_root(ws, &root, dropped, e);
}

/* First of all: a number that is staged has to be the next one. */
static int skip(struct workspace *ws, const struct cli *c, struct err *e)
{
	const char *role = cli_arg(c, 0);
	struct bins bins = workspace_bins(ws, role);
	const struct workspace_role *r;
	int64_t above = 0, have = 0;
	char name[TUF_ROLE_MAX];

	if (!cli_has(c, "above"))
		return 0;
	if (cli_n_args(c) != 1 || strcmp(role, "root") == 0)
		return err_set(e, ERR_USAGE,
		               "--above: is for one role, and not for root, "
		               "whose versions follow one another");
	r = workspace_role(ws, role);
	if (r->current != NULL)
		have = role_doc_version(r->current);
	if (cli_int(&above, c, "above", 1, have + JUMP_AT_DESK - 1, e) != 0)
		return -1;
	drafts_burn(ws->drafts, role, above);
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		bins_name(name, &bins, i);
		drafts_burn(ws->drafts, name, above);
	}
	return drafts_write(ws->drafts, e);
}

/* Bins live as long as their role. */
static int renew(const struct workspace *ws, const char *role, size_t *dropped,
                 struct err *e)
{
	struct bins bins = workspace_bins(ws, role);
	char name[TUF_ROLE_MAX];
	size_t more;

	if (renew_one(ws, role, dropped, e) != 0)
		return -1;
	for (unsigned i = 0; i < bins_count(&bins); i++) {
		bins_name(name, &bins, i);
		if (renew_one(ws, name, &more, e) != 0)
			return -1;
		*dropped += more;
	}
	return 0;
}

static int answer(const struct cli *c, const struct workspace *ws,
                  struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-renew/1");
	jw_key(&w, "roles");
	jw_array(&w);
	for (size_t i = 0; i < cli_n_args(c); i++) {
		const char *role = cli_arg(c, i);
		int64_t days = workspace_role_life_s(ws, role) / 86400;

		jw_object(&w);
		jw_put_str(&w, "role", role);
		jw_put_time(&w, "expires",
		            ws->now_s + workspace_role_life_s(ws, role));
		jw_end_object(&w);
		if (!cli_wants_json(c))
			cli_print(c, "%s: staged for another %" PRId64 " d\n",
			          role, days);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_wants_json(c) ? cli_print_json(c, &json, e) : 0;
}

/* New versions that say the same for longer. */
int cmd_renew(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	struct workspace_role *r;

	if (workspace_open_to_change(&ws, c, e) != 0)
		return -1;
	for (size_t i = 0; i < cli_n_args(c); i++)
		if (workspace_find_role(&r, &ws, cli_arg(c, i), e) != 0)
			return -1;
	if (skip(&ws, c, e) != 0)
		return -1;
	for (size_t i = 0; i < cli_n_args(c); i++) {
		size_t dropped = 0;

		if (renew(&ws, cli_arg(c, i), &dropped, e) != 0)
			return -1;
		if (dropped > 0)
			cli_say(c,
			        "%s: the earlier draft's %zu signatures are "
			        "gone\n",
			        cli_arg(c, i), dropped);
	}
	return answer(c, &ws, e);
}
