#include "config.h"

#include "cli/suggest.h"
#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/describe.h"
#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"
#include "repo-tools/folder/text.h"

#include <inttypes.h>
#include <string.h>

struct view {
	const struct cli *cli;
	const struct workspace *ws;
	const struct catalog *catalog;
	struct jw w; /* the same told to machines */
	bool overview;
};

/* Is this entry in a complete role, not only in a draft? */
static bool is_signed(const struct view *v, const char *prefix,
                      const char *product, const char *path)
{
	char owner[TUF_ROLE_MAX], role[TUF_ROLE_MAX];
	const struct workspace_role *r;

	(void)snprintf(owner, sizeof(owner), "%s%s", prefix, product);
	workspace_entry_role(role, v->ws, owner, path);
	r = workspace_role(v->ws, role);
	return r != NULL && r->current != NULL &&
	       tuf_targets_find(&r->current->targets, path) != NULL;
}

static void show_key_ids(struct view *v, const struct tuf_quorum *q)
{
	jw_put_int(&v->w, "threshold", q->threshold);
	jw_key(&v->w, "keyids");
	jw_array(&v->w);
	for (size_t i = 0; i < q->n_keyids; i++)
		jw_str(&v->w, q->keyids[i]);
	jw_end_array(&v->w);
}

/* Whose files are here are named. */
static void show_keys(const struct view *v, const char *role)
{
	SCOPED(keyring_fini)
	struct keyring here = {0};
	struct tuf_quorum q[2];
	size_t n = workspace_quorums(q, v->ws, role, true);

	(void)!keyring_add_dir(&here, v->ws->keys_dir, NULL);
	for (size_t i = 0; n > 0 && i < q[0].n_keyids; i++) {
		const char *label = "";

		for (size_t k = 0; k < here.len; k++)
			if (strcmp(here.items[k].info.public.id,
			           q[0].keyids[i]) == 0)
				label = here.items[k].info.label;
		cli_print(v->cli, "  key %.16s%s%s\n", q[0].keyids[i],
		          *label != '\0' ? " " : "", label);
	}
}

static void show_staged(struct view *v, const struct workspace_role *r)
{
	struct stage_progress p;

	jw_key(&v->w, "staged");
	if (r->staged == NULL) {
		jw_null(&v->w);
		return;
	}
	stage_progress(&p, v->ws, r);
	jw_object(&v->w);
	jw_put_int(&v->w, "version", role_doc_version(r->staged));
	jw_put_int(&v->w, "have", (int64_t)p.have);
	jw_put_int(&v->w, "need", p.need);
	jw_end_object(&v->w);
	if (!cli_wants_json(v->cli) && !(r->bin && v->overview))
		cli_print(v->cli,
		          "%-24s %4" PRId64 "  staged, %zu of %" PRId64
		          " signatures\n",
		          r->name, role_doc_version(r->staged), p.have, p.need);
}

static void show_role_line(struct view *v, const struct workspace_role *r)
{
	struct tuf_quorum q[2] = {{0}};
	char ends[RFC3339_SIZE];

	jw_object(&v->w);
	jw_put_str(&v->w, "role", r->name);
	if (r->current == NULL) {
		jw_put_null(&v->w, "version");
	} else {
		(void)workspace_quorums(q, v->ws, r->name, true);
		rfc3339_format(ends, r->current->env.expires_s);
		jw_put_int(&v->w, "version", role_doc_version(r->current));
		jw_put_str(&v->w, "expires", ends);
		show_key_ids(v, &q[0]);
		if (!cli_wants_json(v->cli) && !(r->bin && v->overview)) {
			cli_print(v->cli, "%-24s %4" PRId64 "  until %s, ",
			          r->name, role_doc_version(r->current), ends);
			describe_quorum(cli_world(v->cli)->out, r->name,
			                q[0].threshold, q[0].n_keyids);
			cli_print(v->cli, "\n");
		}
	}
	show_staged(v, r);
	jw_end_object(&v->w);
}

static void show_release(struct view *v, const struct catalog_product *p,
                         const struct catalog_release *r, bool full)
{
	bool done = is_signed(v, "releases.", p->product, r->path);

	jw_object(&v->w);
	jw_put_str(&v->w, "path", r->path);
	jw_put_str(&v->w, "version", r->fw.version);
	jw_put_int(&v->w, "counter", r->fw.counter);
	jw_put_int(&v->w, "length", r->length);
	jw_put_str(&v->w, "sha256", r->sha256);
	words_write(&v->w, "hw", &r->fw.hw);
	words_write(&v->w, "regions", &r->fw.regions);
	jw_put_bool(&v->w, "signed", done);
	jw_end_object(&v->w);
	if (cli_wants_json(v->cli))
		return;
	cli_print(v->cli, "%s%s%s\n", full ? "" : "  ", r->path,
	          done ? "" : "  (staged)");
	if (full)
		describe_release(cli_world(v->cli)->out, "  ", r);
}

static void show_plan(struct view *v, const struct catalog_product *p,
                      const struct catalog_plan *plan, bool full)
{
	bool done = is_signed(v, "plans.", p->product, plan->path);

	jw_object(&v->w);
	jw_put_str(&v->w, "path", plan->path);
	jw_put_str(&v->w, "id", plan->plan.id);
	jw_put_int(&v->w, "rev", plan->plan.rev);
	jw_put_str(&v->w, "release", plan->plan.release_path);
	jw_put_str(&v->w, "sha256", plan->sha256);
	words_write(&v->w, "channels", &plan->plan.channels);
	words_write(&v->w, "hw", &plan->plan.hw);
	words_write(&v->w, "regions", &plan->plan.regions);
	jw_put_time(&v->w, "expires", plan->plan.expires_s);
	jw_put_bool(&v->w, "signed", done);
	jw_end_object(&v->w);
	if (cli_wants_json(v->cli))
		return;
	cli_print(v->cli, "%s%s%s\n", full ? "" : "  ", plan->path,
	          done ? "" : "  (staged)");
	if (full)
		describe_plan(cli_world(v->cli)->out, "  ", &plan->plan);
}

static void show_product(struct view *v, const struct catalog_product *p)
{
	jw_object(&v->w);
	jw_put_str(&v->w, "product", p->product);
	if (!cli_wants_json(v->cli))
		cli_print(v->cli, "\n%s\n", p->product);
	jw_key(&v->w, "releases");
	jw_array(&v->w);
	for (size_t i = 0; i < p->n_releases; i++)
		show_release(v, p, &p->releases[i], false);
	jw_end_array(&v->w);
	jw_key(&v->w, "plans");
	jw_array(&v->w);
	for (size_t i = 0; i < p->n_plans; i++)
		show_plan(v, p, &p->plans[i], false);
	jw_end_array(&v->w);
	jw_end_object(&v->w);
}

/* People see bins as a number; machines have them all above. */
static void show_bin_counts(const struct view *v)
{
	SCOPED(free)
	size_t *all = xcalloc(v->ws->n_roles + 1, sizeof(*all));
	SCOPED(free)
	size_t *staged = xcalloc(v->ws->n_roles + 1, sizeof(*staged));

	for (size_t i = 0; i < v->ws->n_roles; i++) {
		const struct workspace_role *r = &v->ws->roles[i];

		all[r->delegator] += r->bin;
		staged[r->delegator] += r->bin && r->staged != NULL;
	}
	for (size_t i = 0; !cli_wants_json(v->cli) && i < v->ws->n_roles; i++)
		if (all[i] > 0)
			cli_print(v->cli, "%-24s       %zu bins, %zu staged\n",
			          v->ws->roles[i].name, all[i], staged[i]);
}

static void show_overview(struct view *v)
{
	char created[RFC3339_SIZE];

	v->overview = true;
	rfc3339_format(created, v->ws->created_s);
	jw_put_str(&v->w, "created", created);
	jw_put_bool(&v->w, "solo", v->catalog->solo);
	if (!cli_wants_json(v->cli))
		cli_print(v->cli, "repository %s, made %s%s\n\n", v->ws->repo,
		          created,
		          v->catalog->solo
		                  ? "\nSOLO: for some offline role one key "
		                    "is enough"
		                  : "");
	jw_key(&v->w, "roles");
	jw_array(&v->w);
	for (size_t i = 0; i < v->ws->n_roles; i++)
		show_role_line(v, &v->ws->roles[i]);
	jw_end_array(&v->w);
	show_bin_counts(v);
	jw_key(&v->w, "products");
	jw_array(&v->w);
	for (size_t i = 0; i < v->catalog->n_products; i++)
		show_product(v, &v->catalog->products[i]);
	jw_end_array(&v->w);
}

static void show_bins(const struct view *v, const char *role,
                      const struct tuf_targets *t)
{
	struct bins bins;

	if (bins_read(&bins, role, t, NULL) == 0 && bins.present)
		cli_print(v->cli, "  %u bins, %s-*%s\n", bins_count(&bins),
		          bins.shape.name_prefix,
		          bins.by_prefix ? " by hash prefixes" : "");
}

/* A role in full: its line, its change, and for machines its document. */
static void show_role(struct view *v, const struct workspace_role *r)
{
	const struct role_doc *d = r->staged != NULL ? r->staged : r->current;

	jw_key(&v->w, "role");
	show_role_line(v, r);
	jw_key(&v->w, "signed");
	if (d == NULL)
		jw_null(&v->w);
	else
		jw_canonical(&v->w, buf_str(&d->env.canonical),
		             d->env.canonical.len);
	if (cli_wants_json(v->cli) || d == NULL)
		return;
	show_keys(v, r->name);
	if (r->staged != NULL) {
		describe_change(cli_world(v->cli)->out, v->ws,
		                r->bin ? &v->ws->roles[r->delegator] : r,
		                v->catalog);
		return;
	}
	for (size_t i = 0; i < d->targets.n_targets; i++)
		cli_print(v->cli, "  %s\n", d->targets.targets[i].path);
	show_bins(v, r->name, &d->targets);
	for (size_t i = 0; !bins_are_by_prefix(r->name, &d->targets) &&
	                   i < d->targets.n_roles;
	     i++) {
		const struct tuf_delegation *g = &d->targets.roles[i];

		cli_print(v->cli, "  delegates to %s, ", g->name);
		describe_quorum(cli_world(v->cli)->out, g->name, g->threshold,
		                g->n_keyids);
		cli_print(v->cli, "\n");
	}
}

static bool show_path(struct view *v, const char *path)
{
	for (size_t i = 0; i < v->catalog->n_products; i++) {
		const struct catalog_product *p = &v->catalog->products[i];
		const struct catalog_release *r = catalog_release(p, path);
		const struct catalog_plan *plan = catalog_plan(p, path);

		if (r != NULL) {
			jw_key(&v->w, "release");
			show_release(v, p, r, true);
			return true;
		}
		if (plan != NULL) {
			jw_key(&v->w, "plan");
			show_plan(v, p, plan, true);
			return true;
		}
	}
	return false;
}

static int unknown(const struct view *v, const char *what, struct err *e)
{
	char mean[SUGGEST_MAX + 32];
	struct suggest s;

	suggest_init(&s, what);
	for (size_t i = 0; i < v->ws->n_roles; i++)
		suggest_try(&s, v->ws->roles[i].name);
	return err_set(e, ERR_NOT_FOUND,
	               "%.200s: is no role and no target of this repository%s",
	               what, suggest_text(&s, mean, sizeof(mean)));
}

int cmd_show(struct cli *c, struct err *e)
{
	SCOPED(workspace_fini)
	struct workspace ws = {0};
	SCOPED(catalog_fini)
	struct catalog catalog = {0};
	struct source s = {.ws = &ws};
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(16 << 20);
	struct view v = {.cli = c, .ws = &ws, .catalog = &catalog};
	const struct workspace_role *r;

	if (workspace_open(&ws, c, e) != 0 ||
	    source_catalog(&catalog, &s, e) != 0)
		return -1;
	jw_init(&v.w, &json);
	jw_object(&v.w);
	jw_put_str(&v.w, "schema", "pawl-repo-show/1");
	jw_put_str(&v.w, "repo", ws.repo);
	if (cli_n_args(c) == 0)
		show_overview(&v);
	else if ((r = workspace_role(&ws, cli_arg(c, 0))) != NULL)
		show_role(&v, r);
	else if (!show_path(&v, cli_arg(c, 0)))
		return unknown(&v, cli_arg(c, 0), e);
	jw_end_object(&v.w);
	return cli_wants_json(c) ? cli_print_json(c, &json, e) : 0;
}
