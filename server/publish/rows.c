#include "config.h"

#include "server/publish/rows.h"

#include "lib/base/mem.h"
#include "lib/json/canon.h"
#include "lib/json/jw.h"
#include "server/publish/check.h"
#include "server/store/plans.h"
#include "server/store/releases.h"
#include "server/store/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows ---- */

static int write_release(struct fleet *f, const struct catalog_product *p,
                         const struct catalog_release *r,
                         const struct tuf_target *entry, struct err *e)
{
	SCOPED(free)
	struct release_row *row = xcalloc(1, sizeof(*row));
	SCOPED(buf_fini)
	struct buf custom = BUF_INIT(FW_CUSTOM_MAX); /* as fw_parse() took it */

	canon_to_json(&custom, entry->custom, strlen(entry->custom));
	memcpy(row->product, p->product, sizeof(row->product));
	memcpy(row->version, r->fw.version, sizeof(row->version));
	memcpy(row->path, r->path, sizeof(row->path));
	memcpy(row->sha256, r->sha256, sizeof(row->sha256));
	row->length = r->length;
	row->published_ms = fleet_now_ms(f);
	row->custom = buf_str(&custom);
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
static const struct catalog_product *before(const struct publish_rows *w,
                                            const char *product)
{
	return w->before != NULL ? catalog_product(&w->before->catalog, product)
	                         : NULL;
}

static int write_product(struct fleet *f, const struct publish_rows *w,
                         const struct catalog_product *p, struct err *e)
{
	const struct catalog_product *old = before(w, p->product);
	char role[TUF_ROLE_MAX];

	(void)snprintf(role, sizeof(role), "releases.%s", p->product);
	for (size_t i = 0; i < p->n_releases; i++) {
		const struct catalog_release *r = &p->releases[i];
		const struct tuf_target *entry;

		if (old != NULL && catalog_release(old, r->path) != NULL)
			continue;
		entry = set_release_entry(w->set, role, r->path);
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

/* For whoever was not there when it was said: until the next publish. */
static int write_warnings(struct fleet *f, const struct lint *lint,
                          struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(PUBLISH_WARNINGS_BYTES_MAX);
	struct jw w;
	size_t n = 0;

	jw_init(&w, &b);
	jw_array(&w);
	for (size_t i = 0; i < lint->len && n < PUBLISH_WARNINGS_KEPT; i++) {
		SCOPED(free)
		char *text = xasprintf("%s (%s)", lint->items[i].text,
		                       lint->items[i].rule->code);

		if (lint->items[i].rule->severity != LINT_WARNING)
			continue;
		jw_str(&w, text);
		n++;
	}
	jw_end_array(&w);
	if (buf_failed(&b))
		return err_set(e, ERR_TOO_LARGE, "warnings: above %d bytes",
		               PUBLISH_WARNINGS_BYTES_MAX);
	return settings_put(f->store, PUBLISH_SETTING_WARNINGS, buf_str(&b), e);
}

int publish_rows_write(struct fleet *f, void *ctx, struct err *e)
{
	const struct publish_rows *w = ctx;
	const struct catalog *c = &w->set->catalog;

	if (settings_put(f->store, PUBLISH_SETTING_REPO, c->repo, e) != 0 ||
	    write_warnings(f, w->lint, e) != 0)
		return -1;
	for (size_t i = 0; i < c->n_products; i++)
		if (write_product(f, w, &c->products[i], e) != 0)
			return -1;
	return revise_write(f, w->revisions, w->deed, e);
}

/* ---- What became visible ---- */

static void put_news(struct jw *w, const char *key,
                     const struct publish_rows *r, bool plans, bool retired)
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

void publish_rows_result(struct buf *out, const struct publish_rows *r,
                         int64_t timestamp_version)
{
	const struct set *s = r->set;
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_int(&w, "timestamp_version", timestamp_version);
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
	lint_write(r->lint, LINT_WARNING, &w);
	jw_end_object(&w);
}
