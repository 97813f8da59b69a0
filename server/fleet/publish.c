#include "config.h"

#include "server/fleet/publish.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/catalog/history.h"
#include "lib/json/jw.h"
#include "server/fleet/revise.h"
#include "server/repo/gate.h"
#include "server/repo/gate_lint.h"
#include "server/store/metadata.h"
#include "server/store/plans.h"
#include "server/store/releases.h"
#include "server/store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTING_REPO "repo"

static int read_blob(void *ctx, const struct tuf_target *entry, struct buf *out,
                     struct err *e)
{
	const struct fleet *f = ctx;

	if (blobs_read(&f->blobs, entry->sha256, out, e) != 0) {
		err_context(e, "%s", entry->path);
		return -1;
	}
	return 0;
}

/* What is published now and what came, in one list of borrowed files. */
static struct file **overlay(const struct view *current,
                             struct file *const *files, size_t n, size_t *out_n)
{
	const struct set *s = current != NULL ? view_set(current) : NULL;
	size_t have = s != NULL ? s->n_roots + s->n_roles + s->n_retired : 0;
	size_t k = 0;
	struct file **all = xcalloc(have + n, sizeof(struct file *));

	for (size_t i = 0; s != NULL && i < s->n_roots; i++)
		all[k++] = s->roots[i];
	for (size_t i = 0; s != NULL && i < s->n_roles; i++)
		all[k++] = s->roles[i].file;
	for (size_t i = 0; s != NULL && i < s->n_retired; i++)
		all[k++] = s->retired[i];
	for (size_t i = 0; i < n; i++)
		all[k++] = files[i];
	*out_n = k;
	return all;
}

static int by_version(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a;
	const struct file *y = *(struct file *const *)b;
	int order = strcmp(x->role, y->role);

	return order != 0
	               ? order
	               : (x->version > y->version) - (x->version < y->version);
}

/* One (role, version) has one content for ever. */
static int check_reissue(struct file *const *all, size_t n, struct err *e)
{
	SCOPED(free)
	struct file **sorted = xcalloc(n + 1, sizeof(struct file *));

	if (n > 0) {
		memcpy(sorted, all, n * sizeof(struct file *));
		qsort(sorted, n, sizeof(struct file *), by_version);
	}
	for (size_t i = 1; i < n; i++)
		if (by_version(&sorted[i - 1], &sorted[i]) == 0 &&
		    strcmp(sorted[i - 1]->sha256, sorted[i]->sha256) != 0)
			return err_code(e, ERR_CONFLICT, "reissued",
			                "%s: version %" PRId64
			                " was published with other bytes",
			                sorted[i]->role, sorted[i]->version);
	return 0;
}

/* Only what a set is made of may come from outside. */
static int check_names(struct file *const *files, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *role = files[i]->role;

		if (strcmp(role, "timestamp") == 0 ||
		    strcmp(role, "snapshot") == 0 ||
		    strncmp(role, "rollout.", 8) == 0)
			return err_code(e, ERR_INVALID, "online_role",
			                "%s: this server makes it itself",
			                files[i]->name);
	}
	return 0;
}

/* Every file that came must be what now counts, or known already: a role that
 * nobody delegates to, or an older version, is a mistake worth telling. */
static int check_used(const struct set *s, struct file *const *files, size_t n,
                      struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct file *f = files[i];
		const struct set_role *r = set_role(s, f->role);

		if (strcmp(f->role, "root") == 0)
			continue;
		if (r == NULL)
			return err_code(e, ERR_INVALID, "unknown_role",
			                "%s: no role here delegates to it",
			                f->name);
		if (f->version < r->targets.version)
			return err_code(e, ERR_CONFLICT, "rollback",
			                "%s: version %" PRId64
			                " is published already",
			                f->name, r->targets.version);
	}
	return 0;
}

static int check_repo(struct fleet *f, const struct set *s, struct err *e)
{
	SCOPED(buf_fini)
	struct buf known = BUF_INIT(256);
	struct err none = {0};

	if (settings_get(&known, f->store, SETTING_REPO, &none) != 0)
		return none.kind == ERR_NOT_FOUND ? 0 : (*e = none, -1);
	if (strcmp(buf_str(&known), s->catalog.repo) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "other_repo",
	                "repository %s: this server publishes %s",
	                s->catalog.repo, buf_str(&known));
}

static int note_targets(void *ctx, const struct metadata_row *m, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};

	if (tuf_envelope_parse(&env, TUF_TARGETS, m->role, m->bytes, m->len,
	                       e) != 0 ||
	    tuf_targets_parse(&t, m->role, &env, e) != 0)
		return -1;
	return history_targets(ctx, &t, e);
}

static int note_root(struct history *h, const struct file *f, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_root_fini)
	struct tuf_root root = {0};

	if (tuf_envelope_parse(&env, TUF_ROOT, f->name, f->bytes, f->len, e) !=
	            0 ||
	    tuf_root_parse(&root, &env, e) != 0)
		return -1;
	return history_root(h, &root, e);
}

/* A key once removed from a role never returns to it: every root there is,
 * and every targets that was published here. */
static int check_history(struct fleet *f, const struct set *s, struct err *e)
{
	SCOPED(history_fini)
	struct history h = {0};

	for (size_t i = 0; i < s->n_roots; i++)
		if (note_root(&h, s->roots[i], e) != 0)
			return -1;
	if (metadata_each(f->store, "targets", note_targets, &h, e) != 0)
		return -1;
	return history_targets(&h, &s->roles[0].targets, e);
}

/* ---- Rows ---- */

struct rows {
	const struct set *set;
	const struct view *current; /* NULL: the first publish */
	struct revisions *revisions;
	const struct deed *deed;
};

static int write_release(struct fleet *f, const struct catalog_product *p,
                         const struct catalog_release *r,
                         const struct tuf_target *entry, struct err *e)
{
	SCOPED(free)
	struct release_row *row = xcalloc(1, sizeof(*row));

	memcpy(row->product, p->product, sizeof(row->product));
	memcpy(row->version, r->fw.version, sizeof(row->version));
	memcpy(row->path, r->path, sizeof(row->path));
	memcpy(row->sha256, r->sha256, sizeof(row->sha256));
	row->length = r->length;
	row->published_ms = fleet_now_ms(f);
	row->custom = entry->custom != NULL ? entry->custom : "{}";
	return releases_add(f->store, row, e);
}

static int write_plan(struct fleet *f, const struct catalog_product *p,
                      const struct catalog_plan *c, struct err *e)
{
	SCOPED(free)
	struct plan_row *row = xcalloc(1, sizeof(*row));
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	int64_t key;

	if (blobs_read(&f->blobs, c->sha256, &bytes, e) != 0)
		return -1;
	memcpy(row->product, p->product, sizeof(row->product));
	memcpy(row->id, c->plan.id, sizeof(row->id));
	row->rev = c->plan.rev;
	memcpy(row->path, c->path, sizeof(row->path));
	memcpy(row->sha256, c->sha256, sizeof(row->sha256));
	row->published_ms = fleet_now_ms(f);
	row->bytes = bytes.data;
	row->len = bytes.len;
	return plans_add(&key, f->store, row, e);
}

/* The same path, in what was published before. */
static const struct catalog_product *before(const struct rows *w,
                                            const char *product)
{
	return w->current != NULL
	               ? catalog_product(&view_set(w->current)->catalog,
	                                 product)
	               : NULL;
}

static int write_product(struct fleet *f, const struct rows *w,
                         const struct catalog_product *p, struct err *e)
{
	const struct catalog_product *old = before(w, p->product);
	char role[TUF_ROLE_MAX];

	(void)snprintf(role, sizeof(role), "releases.%s", p->product);
	for (size_t i = 0; i < p->n_releases; i++) {
		const struct catalog_release *r = &p->releases[i];
		const struct tuf_target *entry =
			set_release_entry(w->set, role, r->path);

		if (old != NULL && catalog_release(old, r->path) != NULL)
			continue;
		if (entry == NULL || write_release(f, p, r, entry, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < p->n_plans; i++)
		if ((old == NULL ||
		     catalog_plan(old, p->plans[i].path) == NULL) &&
		    write_plan(f, p, &p->plans[i], e) != 0)
			return -1;
	for (size_t i = 0; old != NULL && i < old->n_releases; i++)
		if (catalog_release(p, old->releases[i].path) == NULL &&
		    releases_retire(f->store, old->releases[i].path,
		                    fleet_now_ms(f), e) != 0)
			return -1;
	for (size_t i = 0; old != NULL && i < old->n_plans; i++)
		if (catalog_plan(p, old->plans[i].path) == NULL &&
		    plans_retire(f->store, old->plans[i].path, fleet_now_ms(f),
		                 e) != 0)
			return -1;
	return 0;
}

static int write_rows(struct fleet *f, void *ctx, struct err *e)
{
	const struct rows *w = ctx;
	const struct catalog *c = &w->set->catalog;

	if (settings_put(f->store, SETTING_REPO, c->repo, e) != 0)
		return -1;
	for (size_t i = 0; i < c->n_products; i++)
		if (write_product(f, w, &c->products[i], e) != 0)
			return -1;
	return revise_write(f, w->revisions, w->deed, e);
}

/* ---- What became visible ---- */

static void put_news(struct jw *w, const char *key, const struct rows *r,
                     bool plans, bool retired)
{
	const struct catalog *now = &r->set->catalog;

	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < now->n_products; i++) {
		const struct catalog_product *p = &now->products[i];
		const struct catalog_product *old = before(r, p->product);
		const struct catalog_product *from = retired ? old : p;
		const struct catalog_product *not_in = retired ? p : old;
		size_t n = from == NULL ? 0
		           : plans      ? from->n_plans
		                        : from->n_releases;

		for (size_t k = 0; k < n; k++) {
			const char *path = plans ? from->plans[k].path
			                         : from->releases[k].path;

			if (not_in == NULL ||
			    (plans ? catalog_plan(not_in, path) == NULL
			           : catalog_release(not_in, path) == NULL))
				jw_str(w, path);
		}
	}
	jw_end_array(w);
}

static void put_result(struct buf *out, const struct view *v,
                       const struct rows *r, const struct lint *lint)
{
	const struct set *s = view_set(v);
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_int(&w, "timestamp_version", view_online(v)->timestamp_version);
	jw_key(&w, "roles");
	jw_object(&w);
	jw_put_int(&w, "root", s->root.version);
	for (size_t i = 0; i < s->n_roles; i++)
		jw_put_int(&w, s->roles[i].name, s->roles[i].targets.version);
	jw_end_object(&w);
	put_news(&w, "new_releases", r, false, false);
	put_news(&w, "new_plans", r, true, false);
	put_news(&w, "retired_plans", r, true, true);
	jw_key(&w, "warnings");
	lint_write(lint, LINT_WARNING, &w);
	jw_end_object(&w);
}

static void log_warnings(const struct lint *lint)
{
	for (size_t i = 0; i < lint->len; i++)
		log_warn("published: %s (%s)", lint->items[i].text,
		         lint->items[i].rule->code);
}

/* The whole gate over what would be visible; nothing is kept. */
static int check_candidate(struct fleet *f, struct set *s,
                           const struct view *current, struct lint *lint,
                           struct err *e)
{
	SCOPED(view_put)
	struct view *v = sign_view(f, s, e);

	if (v == NULL)
		return -1;
	if (gate_check(v, current, &f->blobs, fleet_now_s(f), e) != 0)
		return -1;
	gate_lint_view(lint, v, current);
	return lint_verdict(lint, e);
}

/* The hashes of a role's targets that no client was told of yet. */
static size_t new_names(const char **names, const struct tuf_targets *t,
                        const struct set *old)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_targets; i++) {
		const struct tuf_target *x = &t->targets[i];
		SCOPED(free)
		char *name = set_target_name(x->path, x->sha256);

		if (old == NULL || set_target(old, name) == NULL)
			names[n++] = x->sha256;
	}
	return n;
}

/* What is about to be spoken of stays there: an upload alone promises no name
 * (blobs.h). */
static int settle_blobs(struct fleet *f, const struct set *s,
                        const struct view *current, struct err *e)
{
	const struct set *old = current != NULL ? view_set(current) : NULL;
	SCOPED(free)
	const char **names = NULL;
	size_t n = 0;

	for (size_t r = 0; r < s->n_roles; r++) {
		const struct tuf_targets *t = &s->roles[r].targets;

		if (set_is_same(s, r, old))
			continue;
		names = xreallocarray(names, n + t->n_targets + 1,
		                      sizeof(*names));
		n += new_names(names + n, t, old);
	}
	return blobs_settle(&f->blobs, names, n, e);
}

int publish(struct fleet *f, struct file *const *files, size_t n,
            const struct deed *deed, struct buf *out, struct err *e)
{
	SCOPED(view_put)
	struct view *current = view_get(&f->view);
	SCOPED(view_put)
	struct view *after = NULL;
	struct revisions revisions = {0};
	struct rows rows = {
		.current = current, .revisions = &revisions, .deed = deed};
	struct change change = {.deed = *deed,
	                        .cause = PUBLISHED_PUBLISH,
	                        .write = write_rows,
	                        .ctx = &rows};
	size_t n_all = 0;
	int result = -1;
	SCOPED(lint_fini)
	struct lint lint;
	SCOPED(free)
	struct file **all = overlay(current, files, n, &n_all);

	lint_init(&lint, LINT_MAINSTREAM);
	lint.accepted = f->config.lint_accept;
	if (check_names(files, n, e) != 0 ||
	    check_reissue(all, n_all, e) != 0 ||
	    /* A rotation's keys came into the folder before the publish. */
	    signer_refresh(&f->signer, f->config.online_keys,
	                   f->config.passphrase, e) != 0)
		return -1;
	gate_lint_files(&lint, files, n, current);
	if (lint_verdict(&lint, e) != 0)
		return -1;
	struct set *s =
		set_new(all, n_all, current != NULL ? view_set(current) : NULL,
	                read_blob, f, e);
	if (s == NULL)
		return -1;
	if (check_used(s, files, n, e) != 0 || check_repo(f, s, e) != 0 ||
	    check_history(f, s, e) != 0)
		goto out;
	rows.set = change.set = s;
	if (revise_begin(&revisions, f, s, e) != 0 ||
	    check_candidate(f, s, current, &lint, e) != 0 ||
	    settle_blobs(f, s, current, e) != 0 ||
	    sign_change(f, &change, e) != 0) {
		revise_undo(&revisions, f);
		goto out;
	}
	revise_written(&revisions, f);
	after = view_get(&f->view);
	put_result(out, after, &rows, &lint);
	log_warnings(&lint);
	result = 0;
out:
	free(revisions.items);
	set_unref(s);
	return result;
}
