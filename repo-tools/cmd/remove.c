/*
 * Taking something back: a release that is revoked, a plan that is over. The
 * role without it is staged like any other change; the file stays below
 * targets/, because what was signed once is history.
 */
#include "config.h"

#include "repo-tools/cmd/remove.h"

#include "cli/suggest.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/cmd/plan_options.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_release_remove_options[] = {
	/* clang-format off */
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "of which product"},
	{"plans", 0, NULL, 0, NULL, "remove the plans that name it too"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

const struct cli_option cmd_plan_remove_options[] = {
	{"product", 'p', "NAME", CLI_REQUIRED, NULL, "of which product"},
	{NULL, 0, NULL, 0, NULL, NULL},
};

/* One staged role, for the answer. */
struct staged {
	char role[TUF_ROLE_MAX];
	int64_t version;
};

struct removal {
	struct cli *cli;
	struct workspace ws;
	struct catalog catalog;
	const struct catalog_product *product; /* NULL: of a plain role */
	char releases[TUF_ROLE_MAX], plans[TUF_ROLE_MAX];
	char **paths; /* what goes, in the order it was asked for */
	size_t n_paths;
	struct staged staged[2];
	size_t n_staged;
};

static void removal_fini(struct removal *m)
{
	for (size_t i = 0; i < m->n_paths; i++)
		free(m->paths[i]);
	free(m->paths);
	catalog_fini(&m->catalog);
	workspace_fini(&m->ws);
}
DEFINE_SCOPED_PLACE(removal_fini, struct removal)

static int load(struct removal *m, const char *product, struct err *e)
{
	struct source s = {.ws = &m->ws};

	if (workspace_product_role(m->releases, &m->ws, "releases.", product,
	                           e) != 0 ||
	    workspace_product_role(m->plans, &m->ws, "plans.", product, e) !=
	            0 ||
	    source_catalog(&m->catalog, &s, e) != 0)
		return -1;
	m->product = catalog_product(&m->catalog, product);
	return 0;
}

static int begin(struct removal *m, struct err *e)
{
	if (workspace_open_to_change(&m->ws, m->cli, e) != 0)
		return -1;
	return load(m, cli_get(m->cli, "product"), e);
}

static void add_path(struct removal *m, const char *path)
{
	m->paths = xreallocarray(m->paths, m->n_paths + 1, sizeof(char *));
	m->paths[m->n_paths++] = xstrdup(path);
}

/* Stages `role` without the paths from `from` on, checked as the server will
 * check it. */
static int stage_without(struct removal *m, const char *role, size_t from,
                         struct err *e)
{
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = &m->ws, .draft_role = role, .draft = &t};
	size_t dropped = 0;

	if (stage_draft(&t, &m->ws, role, e) != 0)
		return -1;
	for (size_t i = from; i < m->n_paths; i++)
		(void)tuf_targets_remove(&t, m->paths[i]);
	if (source_catalog(&catalog, &s, e) != 0 ||
	    stage_put(&m->ws, role, &t, &dropped, e) != 0)
		return -1;
	if (dropped > 0)
		cli_say(m->cli,
		        "%s: the earlier draft's %zu signatures are gone\n",
		        role, dropped);
	(void)snprintf(m->staged[m->n_staged].role, TUF_ROLE_MAX, "%s", role);
	m->staged[m->n_staged++].version = t.version;
	return workspace_reload(&m->ws, e);
}

static int answer(const struct removal *m, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(1 << 20);
	struct jw w;

	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-remove/1");
	jw_key(&w, "removed");
	jw_array(&w);
	for (size_t i = 0; i < m->n_paths; i++)
		jw_str(&w, m->paths[i]);
	jw_end_array(&w);
	jw_key(&w, "staged");
	jw_array(&w);
	for (size_t i = 0; i < m->n_staged; i++) {
		jw_object(&w);
		jw_put_str(&w, "role", m->staged[i].role);
		jw_put_int(&w, "version", m->staged[i].version);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	if (cli_wants_json(m->cli))
		return cli_print_json(m->cli, &json, e);
	for (size_t i = 0; i < m->n_paths; i++)
		cli_print(m->cli, "%s\n", m->paths[i]);
	for (size_t i = 0; i < m->n_staged; i++)
		cli_say(m->cli,
		        "staged as %s %" PRId64 "; next: pawl-repo sign %s\n",
		        m->staged[i].role, m->staged[i].version,
		        m->staged[i].role);
	return 0;
}

/* Plans that would name a release nobody lists: the catalog refuses that, so
 * they go first, or it stays. */
static int remove_plans_of(struct removal *m, const char *release,
                           struct err *e)
{
	size_t before = m->n_paths;

	for (size_t i = 0; i < m->product->n_plans; i++) {
		const struct catalog_plan *p = &m->product->plans[i];

		if (strcmp(p->plan.release_path, release) != 0)
			continue;
		if (!cli_has(m->cli, "plans"))
			return err_code(e, ERR_CONFLICT, "release_in_use",
			                "%s: %s names it; pawl-repo plan "
			                "remove %s first, or --plans for all",
			                release, p->path, p->plan.id);
		add_path(m, p->path);
	}
	return m->n_paths > before ? stage_without(m, m->plans, before, e) : 0;
}

/* What the role lists besides releases goes by its path. */
static int find(char path[TARGET_MAX_LEN + 1], struct removal *m,
                const char *text, struct err *e)
{
	char role[TUF_ROLE_MAX];
	const struct catalog_release *r;
	const struct tuf_targets *t;

	workspace_entry_role(role, &m->ws, m->releases, text);
	t = workspace_latest_targets(&m->ws, role);
	if (t != NULL && tuf_targets_find(t, text) != NULL) {
		(void)snprintf(path, TARGET_MAX_LEN + 1, "%s", text);
		return 0;
	}
	if (plan_options_release(&r, m->product, text, e) != 0)
		return -1;
	memcpy(path, r->path, sizeof(r->path));
	return 0;
}

/* A role with bins may list something itself too. */
static void lister(char role[TUF_ROLE_MAX], const struct removal *m,
                   const char *path)
{
	const struct tuf_targets *t =
		workspace_latest_targets(&m->ws, m->releases);

	if (t != NULL && tuf_targets_find(t, path) != NULL)
		(void)snprintf(role, TUF_ROLE_MAX, "%s", m->releases);
	else
		workspace_entry_role(role, &m->ws, m->releases, path);
}

/* What a product lists, with the plans that would name it still. */
static int take_back(struct removal *m, const char *role, const char *path,
                     struct err *e)
{
	size_t from;

	if (m->product != NULL && remove_plans_of(m, path, e) != 0)
		return -1;
	from = m->n_paths;
	add_path(m, path);
	if (stage_without(m, role, from, e) != 0)
		return -1;
	return answer(m, e);
}

int cmd_release_remove(struct cli *c, struct err *e)
{
	SCOPED(removal_fini)
	struct removal m = {.cli = c};
	char path[TARGET_MAX_LEN + 1], role[TUF_ROLE_MAX];

	if (begin(&m, e) != 0 || find(path, &m, cli_arg(c, 0), e) != 0)
		return -1;
	lister(role, &m, path);
	return take_back(&m, role, path, e);
}

int cmd_plan_remove(struct cli *c, struct err *e)
{
	SCOPED(removal_fini)
	struct removal m = {.cli = c};
	const char *id = cli_arg(c, 0);

	if (begin(&m, e) != 0)
		return -1;
	for (size_t i = 0; i < m.product->n_plans; i++)
		if (strcmp(m.product->plans[i].plan.id, id) == 0 ||
		    strcmp(m.product->plans[i].path, id) == 0)
			add_path(&m, m.product->plans[i].path);
	if (m.n_paths == 0)
		return err_code(e, ERR_NOT_FOUND, "unknown_plan",
		                "%.200s: is no plan of %s", id,
		                m.product->product);
	if (stage_without(&m, m.plans, 0, e) != 0)
		return -1;
	return answer(&m, e);
}

/* ---- By its path alone ---- */

/* Delegators stand first, so who lists it itself comes before his bins. */
static const struct workspace_role *listed_by(const struct workspace *ws,
                                              const char *path)
{
	for (size_t i = 1; i < ws->n_roles; i++) {
		const struct tuf_targets *t =
			workspace_latest_targets(ws, ws->roles[i].name);

		if (t != NULL && tuf_targets_find(t, path) != NULL)
			return &ws->roles[i];
	}
	return NULL;
}

static int unknown_target(const struct workspace *ws, const char *path,
                          struct err *e)
{
	char mean[TARGET_MAX_LEN + 32];
	struct suggest s;

	suggest_init(&s, path);
	for (size_t i = 1; i < ws->n_roles; i++) {
		const struct tuf_targets *t =
			workspace_latest_targets(ws, ws->roles[i].name);

		for (size_t k = 0; t != NULL && k < t->n_targets; k++)
			suggest_try(&s, t->targets[k].path);
	}
	return err_code(e, ERR_NOT_FOUND, "unknown_target",
	                "%.200s: no role lists this target, and it is no key "
	                "file%s",
	                path, suggest_text(&s, mean, sizeof(mean)));
}

/* A change of keys that was cut off is finished first, by the same words. */
int remove_target(bool *listed, struct cli *c, const char *path, struct err *e)
{
	SCOPED(removal_fini)
	struct removal m = {.cli = c};
	const struct workspace_role *r;
	const char *product;
	char role[TUF_ROLE_MAX];

	*listed = false;
	if (workspace_open_to_change(&m.ws, c, e) != 0)
		return -1;
	r = m.ws.unfinished ? NULL : listed_by(&m.ws, path);
	if (r == NULL)
		return m.ws.unfinished || fs_exists(path)
		               ? 0
		               : unknown_target(&m.ws, path, e);
	*listed = true;
	if (cli_has(c, "dry-run"))
		return err_set(e, ERR_USAGE,
		               "--dry-run: is for keys, %s is a target", path);
	memcpy(role, r->name, sizeof(role));
	if (r->bin)
		r = &m.ws.roles[r->delegator];
	if (delegations_row(r->name, &product) != NULL &&
	    load(&m, product, e) != 0)
		return -1;
	return take_back(&m, role, path, e);
}
