/*
 * What is staged, in words; who still has to sign; and giving it up.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/bundle.h"
#include "repo-tools/folder/changes.h"
#include "repo-tools/folder/diff.h"
#include "repo-tools/folder/draft_show.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_draft_drop_options[] = {
	/* clang-format off */
	{"all", 'a', NULL, 0, NULL, "everything that is staged"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

int cmd_draft(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};

	if (workspace_open(&ws, c, e) != 0)
		return -1;
	return draft_show(c, &ws, e);
}

/* ---- Giving up ---- */

/* A role that is asked for takes with it its bins, and those that only its
 * draft delegates to. Delegators stand first. */
static void choose(bool *drop, const struct workspace *ws, const struct cli *c)
{
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];
		struct tuf_quorum q[2];

		drop[i] = cli_has(c, "all");
		for (size_t k = 0; k < cli_n_args(c); k++)
			drop[i] =
				drop[i] || strcmp(cli_arg(c, k), r->name) == 0;
		if (i > 1 && drop[r->delegator])
			drop[i] = drop[i] || r->bin ||
			          workspace_quorums(q, ws, r->name, true) == 0;
	}
}

static int burn(const struct workspace *ws, const struct workspace_role *r,
                struct err *e)
{
	char sha256[SHA256_HEX_SIZE];

	if (role_doc_is_root(r->staged)) {
		bundle_signed_sha256(sha256, r->staged);
		return drafts_drop_root(ws->drafts, sha256, e);
	}
	drafts_burn(ws->drafts, r->name, role_doc_version(r->staged));
	return 0;
}

/* First the note that the numbers are burned: from then on the staged files
 * say nothing any more. */
static int drop_all(const struct workspace *ws, const bool *drop, size_t *n,
                    struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < ws->n_roles; i++)
		if (drop[i] && ws->roles[i].staged != NULL) {
			if (burn(ws, &ws->roles[i], e) != 0)
				return -1;
			(*n)++;
		}
	if (*n == 0)
		return 0;
	if (drafts_write(ws->drafts, e) != 0)
		return -1;
	for (size_t i = 0; i < ws->n_roles; i++) {
		SCOPED(free)
		char *path =
			workspace_path(ws, "staged/%s.json", ws->roles[i].name);

		if (drop[i] && ws->roles[i].staged != NULL &&
		    fs_remove(path, e) != 0)
			return -1;
	}
	return 0;
}

static int answer_drop(const struct cli *c, const struct workspace *ws,
                       const bool *drop, size_t n, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(16 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-drop/1");
	jw_key(&w, "dropped");
	jw_array(&w);
	for (size_t i = 0; i < ws->n_roles; i++) {
		const struct workspace_role *r = &ws->roles[i];

		if (!drop[i] || r->staged == NULL)
			continue;
		jw_object(&w);
		jw_put_str(&w, "role", r->name);
		jw_put_int(&w, "version", role_doc_version(r->staged));
		jw_end_object(&w);
		if (!cli_wants_json(c) && !r->bin)
			cli_print(c, "%s %" PRId64 ": dropped%s\n", r->name,
			          role_doc_version(r->staged),
			          role_doc_is_root(r->staged)
			                  ? "; these bytes are never signed "
			                    "again"
			                  : "; its number is burned");
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (cli_wants_json(c))
		return cli_print_json(c, &json, e);
	if (n == 0)
		cli_say(c, "nothing of it is staged\n");
	return 0;
}

int cmd_draft_drop(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(free)
	bool *drop = NULL;
	struct workspace_role *r;
	size_t n;

	if ((cli_n_args(c) == 0) != cli_has(c, "all"))
		return err_set(e, ERR_USAGE,
		               "draft drop needs the roles, or --all and none");
	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    stage_check_finished(&ws, e) != 0)
		return -1;
	for (size_t i = 0; i < cli_n_args(c); i++)
		if (workspace_find_role(&r, &ws, cli_arg(c, i), e) != 0)
			return -1;
	drop = xcalloc(ws.n_roles + 1, sizeof(*drop));
	choose(drop, &ws, c);
	if (cmd_confirm(c, "Give up what is staged?", e) != 0 ||
	    drop_all(&ws, drop, &n, e) != 0)
		return -1;
	return answer_drop(c, &ws, drop, n, e);
}
