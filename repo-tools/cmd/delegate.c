/*
 * Delegations beside the products' own: plain roles of any depth
 * (lib/catalog/plain.h). Bins are in delegate_bins.c.
 */
#include "config.h"

#include "lib/catalog/delegations.h"
#include "lib/catalog/plain.h"
#include "repo-tools/cmd/ceremony.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/cmd/delegate_bins.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_delegate_options[] = {
	/* clang-format off */
	{"bins", 0, "N", 0, NULL,
	 "spread the role over N bins, or auto; 1: back into one file"},
	{"prefix-bins", 0, "N", 0, NULL,
	 "the same, for clients that know no succinct roles"},
	{"under", 0, "ROLE", 0, "targets", "who delegates to the new role"},
	{"path", 0, "PATTERN", CLI_REPEATS, NULL,
	 "what the new role may list: a folder and one star, like docs/*"},
	{"role-keys", 0, "N", 0, NULL,
	 "how many keys sign it (default one above the threshold)"},
	{"threshold", 0, "N", 0, NULL,
	 "how many of them are needed (default 2, never above who delegates)"},
	{"not-terminating", 0, NULL, 0, NULL,
	 "clients look on in other roles for what this one does not list"},
	{"remove", 0, NULL, 0, NULL, "take the delegation away"},
	CMD_NEW_KEY_OPTIONS,
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

#define PATHS_MAX 32

/* ---- Plain roles ---- */

static int check_delegator(const struct workspace *ws, const char *under,
                           struct err *e)
{
	struct workspace_role *r;
	const struct tuf_targets *t;
	const char *product;

	if (workspace_find_role(&r, ws, under, e) != 0)
		return -1;
	t = workspace_latest_targets(ws, under);
	if (strcmp(under, "root") == 0 || r->bin ||
	    delegations_row(under, &product) != NULL || t == NULL)
		return err_code(e, ERR_INVALID, "delegation",
		                "%s: may not delegate; targets and plain roles "
		                "may",
		                under);
	if (workspace_bins(ws, under).present)
		return err_code(e, ERR_CONFLICT, "delegation",
		                "%s: has bins; a role has bins or delegations "
		                "by name",
		                under);
	return 0;
}

static int check_new(const struct workspace *ws, const char *role,
                     struct err *e)
{
	if (plain_check_name(role, e) != 0)
		return -1;
	if (workspace_role(ws, role) != NULL)
		return err_code(e, ERR_CONFLICT, "role_exists",
		                "%s: is a role of this repository already; "
		                "--bins or --remove changes it",
		                role);
	/* Its numbers and its files would come back under other keys. */
	if (strmap_get(&ws->highest, role, NULL))
		return err_code(e, ERR_CONFLICT, "role_exists",
		                "%s: was a role of this repository once; "
		                "another name is needed",
		                role);
	return 0;
}

static int64_t threshold_of(const struct workspace *ws, const char *role)
{
	struct tuf_quorum q[2];
	size_t n = workspace_quorums(q, ws, role, false);

	return n > 0 ? q[n - 1].threshold : 1;
}

static int plan_keys(struct ceremony *y, const char *role, const char *under,
                     struct err *e)
{
	int64_t ceiling = threshold_of(y->ws, under);
	int64_t threshold = ceiling < 2 ? ceiling : 2, keys;

	if (cli_int(&threshold, y->cli, "threshold", 1, CEREMONY_KEYS_MAX, e) !=
	    0)
		return -1;
	if (threshold > ceiling)
		return err_code(e, ERR_INVALID, "threshold_order",
		                "--threshold: %" PRId64 " is above the %" PRId64
		                " of %s, which delegates to it",
		                threshold, ceiling, under);
	keys = threshold == 1 ? 1 : threshold + 1;
	if (cli_int(&keys, y->cli, "role-keys", 1, CEREMONY_KEYS_MAX, e) != 0)
		return -1;
	(void)ceremony_add(y, role, keys, threshold, false);
	return ceremony_check(y, e);
}

static int read_paths(const char **paths, size_t *n, const struct cli *c,
                      const char *role, struct err *e)
{
	const char *path;

	for (*n = 0; (path = cli_get_nth(c, "path", *n)) != NULL; (*n)++) {
		if (*n == PATHS_MAX)
			return err_set(e, ERR_USAGE, "--path: at most %d",
			               PATHS_MAX);
		if (plain_check_pattern(role, path, e) != 0)
			return -1;
		paths[*n] = path;
	}
	return *n > 0 ? 0
	              : err_set(e, ERR_USAGE,
	                        "delegate needs --path, or --bins");
}

/* The delegator's draft, checked as the server will check it. */
static int build(struct tuf_targets *t, const struct ceremony *y,
                 const char *under, const char *const *paths, size_t n_paths,
                 struct err *e)
{
	const struct ceremony_role *r = &y->roles[0];
	struct source s = {.ws = y->ws, .draft_role = under, .draft = t};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct tuf_delegation *d =
		tuf_targets_delegate(t, r->role, r->threshold, paths, n_paths);

	d->terminating = !cli_has(y->cli, "not-terminating");
	for (size_t i = 0; i < r->ring.len; i++)
		tuf_targets_add_key(t, d, &r->ring.items[i].info.public);
	return source_catalog(&catalog, &s, e);
}

/* The same without keys, before any is made. */
static int rehearse(const struct ceremony *y, const char *const *paths,
                    size_t n_paths, struct err *e)
{
	const char *under = cli_get(y->cli, "under");
	const struct workspace_role *r = workspace_role(y->ws, under);
	const struct tuf_delegation *by = NULL;
	SCOPED(tuf_targets_fini)
	struct tuf_targets scratch = {0};

	if (strcmp(under, "targets") != 0)
		by = tuf_targets_role(
			workspace_latest_targets(
				y->ws, y->ws->roles[r->delegator].name),
			under);
	return plain_check_delegation(tuf_targets_delegate(&scratch,
	                                                   y->roles[0].role, 1,
	                                                   paths, n_paths),
	                              by, e);
}

static int answer_role(const struct ceremony *y, const char *under,
                       int64_t version, size_t dropped, struct err *e)
{
	const char *role = y->roles[0].role;
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	if (dropped > 0)
		cli_say(y->cli,
		        "%s: the earlier draft's %zu signatures are "
		        "gone\n",
		        under, dropped);
	if (!cli_wants_json(y->cli)) {
		cli_print(y->cli, "%s: staged %s %" PRId64 ", %s 1\n", role,
		          under, version, role);
		cli_say(y->cli, "Next: pawl-repo sign %s %s\n", under, role);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-delegate/1");
	jw_put_str(&w, "role", role);
	jw_put_str(&w, "under", under);
	jw_put_int(&w, "under_version", version);
	ceremony_write(&w, y);
	jw_end_object(&w);
	return cli_print_json(y->cli, &json, e);
}

static int stage_empty(const struct ceremony *y, const char *under,
                       struct err *e)
{
	const char *role = y->roles[0].role;
	int64_t life_s = workspace_role_life_s(y->ws, role);
	int64_t above_s = workspace_role_life_s(y->ws, under);
	struct tuf_targets empty = {
		.version = workspace_next_version(y->ws, role)};

	empty.expires_s = y->ws->now_s + (life_s < above_s ? life_s : above_s);
	return stage_put(y->ws, role, &empty, NULL, e);
}

static int run_role(struct cli *c, struct err *e)
{
	const char *role = cli_arg(c, 0), *under = cli_get(c, "under");
	const char *paths[PATHS_MAX];
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(ceremony_fini)
	struct ceremony y = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	size_t n_paths, dropped;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    stage_check_finished(&ws, e) != 0 || check_new(&ws, role, e) != 0 ||
	    check_delegator(&ws, under, e) != 0 ||
	    read_paths(paths, &n_paths, c, role, e) != 0 ||
	    ceremony_init(&y, c, &ws, e) != 0 ||
	    plan_keys(&y, role, under, e) != 0 ||
	    stage_draft(&t, &ws, under, e) != 0 ||
	    rehearse(&y, paths, n_paths, e) != 0 ||
	    ceremony_announce(&y, "A new delegated role", e) != 0 ||
	    ceremony_make(&y, e) != 0)
		return -1;
	/* The delegation comes last: before it, the role means nothing, and
	 * nothing lists the keys. */
	if (build(&t, &y, under, paths, n_paths, e) != 0 ||
	    holders_remember(&ws, e) != 0 || stage_empty(&y, under, e) != 0) {
		ceremony_unmake(&y);
		return -1;
	}
	if (stage_put(&ws, under, &t, &dropped, e) != 0)
		return -1;
	return answer_role(&y, under, t.version, dropped, e);
}

/* ---- Taking away ---- */

static int answer_removed(const struct cli *c, const char *role,
                          const char *under, int64_t version, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 16);
	struct jw w;

	if (!cli_wants_json(c)) {
		cli_print(c, "%s: staged %s %" PRId64 " without it\n", role,
		          under, version);
		cli_say(c, "next: pawl-repo sign %s\n", under);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-delegate/1");
	jw_put_str(&w, "removed", role);
	jw_put_str(&w, "under", under);
	jw_put_int(&w, "under_version", version);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int run_remove(struct cli *c, struct err *e)
{
	const char *role = cli_arg(c, 0), *under;
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = &ws, .draft = &t};
	struct workspace_role *r;
	size_t dropped = 0;

	if (workspace_open_to_change(&ws, c, e) != 0 ||
	    workspace_find_role(&r, &ws, role, e) != 0 ||
	    plain_check_name(role, e) != 0)
		return -1;
	under = ws.roles[r->delegator].name;
	s.draft_role = under;
	if (stage_draft(&t, &ws, under, e) != 0)
		return -1;
	if (!tuf_targets_undelegate(&t, role))
		return err_set(e, ERR_CONFLICT,
		               "%s: the draft of %s does not delegate to it",
		               role, under);
	if (source_catalog(&catalog, &s, e) != 0 ||
	    stage_put(&ws, under, &t, &dropped, e) != 0)
		return -1;
	if (dropped > 0)
		cli_say(c, "%s: the earlier draft's %zu signatures are gone\n",
		        under, dropped);
	return answer_removed(c, role, under, t.version, e);
}

int cmd_delegate(struct cli *c, struct err *e)
{
	bool bins = cli_has(c, "bins"), prefix = cli_has(c, "prefix-bins");

	if (bins + prefix + cli_has(c, "remove") + cli_has(c, "path") > 1)
		return err_set(e, ERR_USAGE,
		               "delegate takes one of --bins, --prefix-bins, "
		               "--path and --remove");
	if (bins || prefix)
		return delegate_bins(c, bins ? "bins" : "prefix-bins", e);
	return cli_has(c, "remove") ? run_remove(c, e) : run_role(c, e);
}
