#include "config.h"

#include "lib/rollout/plan.h"

#include <inttypes.h>

static void weights_write(struct jw *w, const struct plan_gate *g)
{
	if (g->weight_cells == PLAN_WEIGHT_DEFAULT &&
	    g->weight_hw == PLAN_WEIGHT_DEFAULT &&
	    g->weight_regions == PLAN_WEIGHT_DEFAULT &&
	    g->weight_pooled == PLAN_WEIGHT_DEFAULT)
		return;
	jw_key(w, "weights");
	jw_object(w);
	jw_put_int(w, "cells", g->weight_cells);
	jw_put_int(w, "hw", g->weight_hw);
	jw_put_int(w, "pooled", g->weight_pooled);
	jw_put_int(w, "regions", g->weight_regions);
	jw_end_object(w);
}

static void gate_write(struct jw *w, const struct plan_gate *g)
{
	jw_key(w, "gate");
	jw_object(w);
	jw_put_int(w, "alpha_ppm", g->alpha_ppm);
	jw_put_int(w, "alpha_silent_ppm", g->alpha_silent_ppm);
	jw_put_int(w, "beta_ppm", g->beta_ppm);
	jw_put_int(w, "hard_s", g->hard_s);
	jw_put_int(w, "holdback_ppm", g->holdback_ppm);
	jw_put_int(w, "in_flight", g->in_flight);
	jw_put_int(w, "min_confirmed", g->min_confirmed);
	jw_put_int(w, "p0_ppm", g->p0_ppm);
	jw_put_int(w, "p1_ppm", g->p1_ppm);
	jw_put_int(w, "p_silent_ppm", g->p_silent_ppm);
	jw_put_str(w, "promote", g->promote_by_hand ? "hand" : "auto");
	jw_put_int(w, "soft_s", g->soft_s);
	weights_write(w, g);
	jw_end_object(w);
}

static void stage_write(struct jw *w, const struct plan_stage *s)
{
	jw_object(w);
	if (s->n_cells > 0) {
		jw_key(w, "cells");
		jw_array(w);
		for (size_t i = 0; i < s->n_cells; i++) {
			jw_object(w);
			jw_put_str(w, "hw", s->cells[i].cell.hw);
			jw_put_int(w, "ppm", s->cells[i].ppm);
			jw_put_str(w, "region", s->cells[i].cell.region);
			jw_end_object(w);
		}
		jw_end_array(w);
	}
	jw_put_time(w, "not_before", s->not_before_s);
	jw_put_int(w, "ppm", s->ppm);
	jw_put_int(w, "soak_s", s->soak_s);
	jw_end_object(w);
}

static void release_write(struct jw *w, const struct plan *p)
{
	jw_key(w, "release");
	jw_object(w);
	jw_put_int(w, "length", p->release_length);
	jw_put_str(w, "path", p->release_path);
	jw_put_str(w, "sha256", p->release_sha256);
	jw_end_object(w);
}

static void from_write(struct jw *w, const struct plan *p)
{
	if (p->n_from == 0)
		return;
	jw_key(w, "from");
	jw_array(w);
	for (size_t i = 0; i < p->n_from; i++)
		jw_str(w, p->from[i]);
	jw_end_array(w);
}

/* Keys in byte order; the writer asserts it. */
static void members_write(struct jw *w, const struct plan *p)
{
	words_write(w, "channels", &p->channels);
	jw_put_int(w, "counter_max", p->counter_max);
	jw_key(w, "critical");
	jw_array(w);
	jw_end_array(w);
	jw_put_time(w, "expires", p->expires_s);
	from_write(w, p);
	gate_write(w, &p->gate);
	words_write(w, "hw", &p->hw);
	jw_put_str(w, "id", p->id);
	jw_put_str(w, "kind", p->kind == PLAN_RECALL ? "recall" : "install");
	jw_put_int(w, "max_ppm", p->max_ppm);
	if (p->n_members > 0)
		doc_members_write(w, "members", p->members, p->n_members);
	if (p->offline_after_s >= 0)
		jw_put_int(w, "offline_after_s", p->offline_after_s);
	else
		jw_put_null(w, "offline_after_s");
	jw_put_str(w, "product", p->head.product);
	words_write(w, "regions", &p->regions);
	release_write(w, p);
	jw_put_str(w, "repo", p->head.repo);
	if (p->n_resumes > 0)
		cells_write(w, "resumes", p->resumes, p->n_resumes);
	jw_put_int(w, "rev", p->rev);
	jw_put_str(w, "schema", "plan/1");
	jw_key(w, "stages");
	jw_array(w);
	for (size_t i = 0; i < p->n_stages; i++)
		stage_write(w, &p->stages[i]);
	jw_end_array(w);
}

int plan_write(struct buf *out, const struct plan *p, struct err *e)
{
	size_t before = out->len;
	struct jw w;

	jw_init_canonical(&w, out);
	jw_object(&w);
	members_write(&w, p);
	jw_end_object(&w);
	if (buf_failed(out) || out->len - before > PLAN_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE,
		               "plan %s.%" PRId64 ": above %d bytes", p->id,
		               p->rev, PLAN_BYTES_MAX);
	return 0;
}
