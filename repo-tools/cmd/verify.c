/*
 * Walks the folder as a device would, from the first root: what a device
 * would refuse is broken, what nobody has made yet is missing.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/rfc3339.h"
#include "lib/catalog/delegations.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/findings.h"
#include "repo-tools/folder/linting.h"
#include "repo-tools/folder/past.h"
#include "repo-tools/folder/source.h"
#include "repo-tools/folder/stage.h"
#include "repo-tools/folder/text.h"
#include "repo-tools/folder/walk.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_verify_options[] = {
	{"at", 0, "TIME", 0, NULL,
         "judge expiry as of then, or how long from now"},
	{NULL, 0, NULL, 0, NULL, NULL},
};

/* Said in advance, so that somebody can still meet. Seconds. */
#define EXPIRY_WARNING_S (INT64_C(14) * 86400)

struct walk {
	struct workspace ws;
	struct findings found;
	size_t files;
	int64_t bytes;
	bool solo;
};

static void check_expiry(struct walk *k, const struct role_doc *d)
{
	int64_t left_s = d->env.expires_s - k->ws.now_s;
	char ends[RFC3339_SIZE];

	rfc3339_format(ends, d->env.expires_s);
	if (left_s <= 0)
		findings_add(&k->found, FINDING_EXPIRED, "expired",
		             "%s %" PRId64 ": expired %s", d->role,
		             role_doc_version(d), ends);
	else if (left_s < EXPIRY_WARNING_S)
		findings_add(&k->found, FINDING_WARNING, "expires_soon",
		             "%s %" PRId64 ": expires %s, pawl-repo renew "
		             "%s prolongs it",
		             d->role, role_doc_version(d), ends, d->role);
}

/* Its signatures were counted when the workspace was read. */
static void check_current(struct walk *k, const struct workspace_role *r)
{
	const struct role_doc *d = r->current;
	struct tuf_quorum q[2];
	char ends[RFC3339_SIZE];

	if (d == NULL) {
		findings_add(&k->found, FINDING_MISSING, "missing",
		             "%s: no complete version yet, its keys have to "
		             "sign",
		             r->name);
		return;
	}
	if (r->bin) {
		check_expiry(k, d);
		return;
	}
	/* A root's own quorum stands last; only a staged one has two. */
	q[0] = role_doc_is_root(d) ? tuf_root_quorum(&d->root, TUF_ROOT)
	                           : (struct tuf_quorum){0};
	if (!role_doc_is_root(d) &&
	    workspace_quorums(q, &k->ws, r->name, true) == 0)
		(void)workspace_quorums(q, &k->ws, r->name, false);
	rfc3339_format(ends, d->env.expires_s);
	findings_add(&k->found, FINDING_OK, "ok",
	             "%s %" PRId64 ": %zu signatures, %" PRId64
	             " of %zu needed, until %s%s",
	             r->name, role_doc_version(d),
	             tuf_quorum_count(&q[0], &d->env), q[0].threshold,
	             q[0].n_keyids, ends, q[0].threshold == 1 ? " (solo)" : "");
	check_expiry(k, d);
}

static void check_staged(struct walk *k, const struct workspace_role *r)
{
	struct stage_progress p;

	if (r->staged == NULL || r->bin)
		return;
	stage_progress(&p, &k->ws, r);
	findings_add(
		&k->found, FINDING_PENDING, "staged",
		"%s %" PRId64 ": staged with %zu of %" PRId64 " signatures%s%s",
		r->name, role_doc_version(r->staged), p.have, p.need,
		p.waits_for[0] != '\0' ? ", waits for: " : "", p.waits_for);
}

/* The bins of one role, as one. */
static void check_bins(struct walk *k, size_t owner)
{
	size_t done = 0, staged = 0;
	int64_t ends_s = INT64_MAX;
	char ends[RFC3339_SIZE];

	for (size_t i = owner + 1; i < k->ws.n_roles; i++) {
		const struct workspace_role *r = &k->ws.roles[i];

		if (!r->bin || r->delegator != owner)
			continue;
		staged += r->staged != NULL;
		if (r->current == NULL)
			continue;
		done++;
		if (r->current->env.expires_s < ends_s)
			ends_s = r->current->env.expires_s;
	}
	if (done > 0) {
		rfc3339_format(ends, ends_s);
		findings_add(&k->found, FINDING_OK, "ok",
		             "%s: %zu bins, the first until %s",
		             k->ws.roles[owner].name, done, ends);
	}
	if (staged > 0)
		findings_add(&k->found, FINDING_PENDING, "staged",
		             "%s: %zu of its bins are staged",
		             k->ws.roles[owner].name, staged);
}

static void check_files(struct walk *k, const struct role_doc *d,
                        const struct role_doc *done)
{
	for (size_t i = 0; d != NULL && i < d->targets.n_targets; i++) {
		const struct tuf_target *t = &d->targets.targets[i];
		const struct tuf_target *before =
			done != NULL ? tuf_targets_find(&done->targets, t->path)
				     : NULL;
		struct err e = {0};

		if (before != NULL && strcmp(before->sha256, t->sha256) == 0)
			continue;
		if (source_check_blob(&k->ws, t, &e) != 0) {
			findings_refusal(&k->found, FINDING_BROKEN, &e);
			continue;
		}
		k->files++;
		k->bytes += t->length;
	}
}

/* The online roles: never made here. */
static void check_online(struct walk *k)
{
	static const char *const names[] = {"snapshot", "timestamp"};
	const struct tuf_targets *t =
		workspace_role(&k->ws, "targets")->current != NULL
			? &workspace_role(&k->ws, "targets")->current->targets
			: NULL;

	for (size_t i = 0; i < 2; i++)
		findings_add(&k->found, FINDING_MISSING, "missing",
		             "no %s yet: pawld makes it", names[i]);
	for (size_t i = 0; t != NULL && i < t->n_roles; i++) {
		const char *product;
		const struct catalog_delegation *row =
			delegations_row(t->roles[i].name, &product);

		if (row != NULL && row->online)
			findings_add(&k->found, FINDING_MISSING, "missing",
			             "no %s yet: pawld makes it",
			             t->roles[i].name);
	}
}

static void check_catalog(struct walk *k, bool complete_only)
{
	SCOPED(catalog_fini)
	struct catalog c = {0};
	struct source s = {.ws = &k->ws, .complete_only = complete_only};
	struct err e = {0};

	if (source_catalog(&c, &s, &e) != 0) {
		if (!complete_only)
			err_context(&e, "staged");
		findings_refusal(&k->found, FINDING_BROKEN, &e);
		return;
	}
	k->solo = k->solo || c.solo;
	for (size_t i = 0; complete_only && i < c.n_products; i++) {
		const struct catalog_product *p = &c.products[i];

		findings_add(&k->found, FINDING_OK, "ok",
		             "%s: %zu releases, %zu plans", p->product,
		             p->n_releases, p->n_plans);
		for (size_t n = 0; n < p->n_plans; n++)
			if (p->plans[n].plan.expires_s <= k->ws.now_s)
				findings_add(&k->found, FINDING_WARNING,
				             "plan_over", "%s: is over",
				             p->plans[n].path);
	}
}

/* A key that was removed from a role is back. */
static void check_past(struct walk *k)
{
	struct err e = {0};

	if (past_check(&k->ws, &e) != 0)
		findings_refusal(&k->found, FINDING_BROKEN, &e);
}

/* What is sound so far is given to the code that devices run. */
static void check_walk(struct walk *k, struct rng *rng)
{
	const struct workspace_role *root = workspace_role(&k->ws, "root");
	const struct workspace_role *targets =
		workspace_role(&k->ws, "targets");
	struct err e = {0};

	if (findings_count(&k->found, FINDING_BROKEN) > 0 ||
	    findings_count(&k->found, FINDING_EXPIRED) > 0 ||
	    root->current == NULL || targets->current == NULL)
		return;
	if (walk_as_device(&k->ws, rng, &e) != 0)
		findings_refusal(&k->found, FINDING_BROKEN, &e);
}

/* What our devices take and other people's clients do not: the server would
 * refuse it. */
static void check_others(struct walk *k)
{
	SCOPED(lint_fini)
	struct lint l;
	struct err e = {0};

	lint_init(&l, LINT_MAINSTREAM);
	if (findings_count(&k->found, FINDING_BROKEN) > 0)
		return;
	if (linting_folder(&l, k->ws.dir, &e) != 0) {
		findings_refusal(&k->found, FINDING_BROKEN, &e);
		return;
	}
	lint_tree(&l);
	for (size_t i = 0; i < l.len; i++)
		if (l.items[i].rule->severity == LINT_ERROR)
			findings_add(&k->found, FINDING_WARNING,
			             l.items[i].rule->code,
			             "%.180s; pawld will refuse it, pawl-repo "
			             "lint says why",
			             l.items[i].text);
}

static void check(struct walk *k, struct rng *rng)
{
	struct err e = {0};
	bool staged = false;
	char size[TEXT_SIZE];

	if (workspace_reload(&k->ws, &e) != 0) {
		findings_refusal(&k->found, FINDING_BROKEN, &e);
		return;
	}
	for (size_t i = 0; i < k->ws.n_roles; i++)
		check_current(k, &k->ws.roles[i]);
	for (size_t i = 0; i < k->ws.n_roles; i++) {
		const struct workspace_role *r = &k->ws.roles[i];

		staged = staged || r->staged != NULL;
		check_staged(k, r);
		if (workspace_bins(&k->ws, r->name).present)
			check_bins(k, i);
		if (strcmp(r->name, "root") == 0)
			continue;
		check_files(k, r->current, NULL);
		check_files(k, r->staged, r->current);
	}
	check_past(k);
	check_catalog(k, true);
	check_walk(k, rng);
	if (staged && findings_count(&k->found, FINDING_BROKEN) == 0)
		check_catalog(k, false);
	check_others(k);
	findings_add(&k->found, FINDING_OK, "ok", "%zu target files, %s",
	             k->files, text_bytes(size, k->bytes));
	check_online(k);
	if (k->solo)
		findings_add(&k->found, FINDING_WARNING, "solo",
		             "solo repository: for some offline role one "
		             "stolen key is enough");
}

static int answer(const struct walk *k, const struct cli *c, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(8 << 20);
	struct jw w;

	if (!cli_wants_json(c)) {
		findings_print(&k->found, c);
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-verify/1");
	jw_put_str(&w, "repo", k->ws.repo);
	jw_put_time(&w, "at", k->ws.now_s);
	jw_put_bool(&w, "ok",
	            findings_count(&k->found, FINDING_BROKEN) == 0 &&
	                    findings_count(&k->found, FINDING_EXPIRED) == 0);
	jw_put_bool(&w, "solo", k->solo);
	jw_key(&w, "findings");
	findings_write(&k->found, &w);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int run(struct walk *k, const struct cli *c, struct err *e)
{
	if (workspace_open_bare(&k->ws, c, e) != 0 ||
	    cli_time(&k->ws.now_s, c, "at", k->ws.now_s, e) != 0)
		return -1;
	check(k, cli_world(c)->rng);
	if (answer(k, c, e) != 0)
		return -1;
	return findings_verdict(&k->found, e);
}

int cmd_verify(struct cli *c, struct err *e)
{
	struct walk k = {0};
	int result = run(&k, c, e);

	findings_fini(&k.found);
	workspace_fini(&k.ws);
	return result;
}
