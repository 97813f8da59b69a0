#include "config.h"

#include "server/show/show.h"

/* What is published: releases and the plans for them. */

static void put_words(struct jw *w, const char *key, const struct words *l)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < l->n; i++)
		jw_str(w, l->w[i]);
	jw_end_array(w);
}

void show_stages(struct jw *w, const struct plan *p)
{
	jw_key(w, "stages");
	jw_array(w);
	for (size_t i = 0; i < p->n_stages; i++) {
		jw_object(w);
		jw_put_int(w, "ppm", p->stages[i].ppm);
		jw_put_time(w, "not_before", p->stages[i].not_before_s);
		jw_put_int(w, "soak_s", p->stages[i].soak_s);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void put_release(struct jw *w, const struct catalog_release *r)
{
	jw_object(w);
	jw_put_str(w, "path", r->path);
	jw_put_str(w, "version", r->fw.version);
	jw_put_str(w, "sha256", r->sha256);
	jw_put_int(w, "length", r->length);
	jw_put_int(w, "counter", r->fw.counter);
	put_words(w, "hw", &r->fw.hw);
	put_words(w, "regions", &r->fw.regions);
	jw_put_time(w, "built", r->fw.built_s);
	jw_end_object(w);
}

static void put_plan(struct jw *w, const struct catalog_plan *p)
{
	jw_object(w);
	jw_put_str(w, "path", p->path);
	jw_put_str(w, "id", p->plan.id);
	jw_put_int(w, "rev", p->plan.rev);
	jw_put_str(w, "kind",
	           p->plan.kind == PLAN_RECALL ? "recall" : "install");
	jw_put_str(w, "release", p->plan.release_path);
	jw_put_str(w, "sha256", p->sha256);
	jw_put_time(w, "expires", p->plan.expires_s);
	put_words(w, "channels", &p->plan.channels);
	put_words(w, "hw", &p->plan.hw);
	put_words(w, "regions", &p->plan.regions);
	show_stages(w, &p->plan);
	jw_end_object(w);
}

void show_catalog(struct buf *out, struct fleet *f)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "products");
	jw_array(&w);
	for (size_t i = 0; v != NULL && i < view_set(v)->catalog.n_products;
	     i++) {
		const struct catalog_product *p =
			&view_set(v)->catalog.products[i];

		jw_object(&w);
		jw_put_str(&w, "product", p->product);
		jw_key(&w, "releases");
		jw_array(&w);
		for (size_t k = 0; k < p->n_releases; k++)
			put_release(&w, &p->releases[k]);
		jw_end_array(&w);
		jw_key(&w, "plans");
		jw_array(&w);
		for (size_t k = 0; k < p->n_plans; k++)
			put_plan(&w, &p->plans[k]);
		jw_end_array(&w);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
}
