#include "config.h"

#include "lib/base/hex.h"
#include "server/fleet/kept_back.h"
#include "server/show/show.h"

static void put_counts(struct jw *w, const struct cell_counts *c)
{
	jw_put_int(w, "trials", c->trials);
	jw_put_int(w, "open", c->open);
	jw_put_int(w, "confirmed", c->confirmed);
	jw_put_int(w, "failed", c->failed);
	jw_put_int(w, "silent", c->silent);
	jw_put_int(w, "overdue", c->overdue);
}

static void put_cells(struct jw *w, const struct rollout *r)
{
	const struct plan *p = &r->plan->plan;

	jw_key(w, "cells");
	jw_array(w);
	for (size_t i = 0; i < plan_n_cells(p); i++) {
		struct cell cell = plan_cell_at(p, (int)i);
		struct cell_counts c;

		engine_cell_counts(r->engine, (int)i, &c);
		jw_object(w);
		jw_put_str(w, "hw", cell.hw);
		jw_put_str(w, "region", cell.region);
		put_counts(w, &c);
		if (c.bound >= 0)
			jw_put_int(w, "bound", c.bound);
		else
			jw_put_null(w, "bound");
		jw_put_bool(w, "halted", c.halted);
		jw_put_bool(w, "held", c.held);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* Of devices enrolled before it began; null when the plan keeps nobody. */
static void put_kept_back(struct jw *w, const struct rollout *r)
{
	const struct controls *c = &r->controls;

	jw_key(w, "kept_back");
	if (r->plan->plan.gate.holdback_ppm == 0 && c->len == 0) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_put_int(w, "ppm", r->plan->plan.gate.holdback_ppm);
	jw_put_int(w, "units", c->waiting + c->heard + c->silent);
	jw_put_int(w, "waiting", c->waiting);
	jw_put_int(w, "heard", c->heard);
	jw_put_int(w, "silent", c->silent);
	jw_end_object(w);
}

static void put_halts(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_key(w, "halts");
	jw_array(w);
	for (size_t i = 0; i < r->n_halts; i++) {
		const struct rollout_halt *h = &r->halts[i];

		jw_object(w);
		jw_put_str(w, "hw", h->cell.hw);
		jw_put_str(w, "region", h->cell.region);
		show_when(w, "at", h->evidence.at_ms);
		jw_put_bool(w, "by_hand", h->evidence.by_hand);
		show_actor(w, f, "actor", h->actor);
		jw_key(w, "evidence");
		show_put_evidence(w, f, &h->evidence);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void put_excluded(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_key(w, "excluded");
	jw_array(w);
	for (size_t i = 0; i < r->n_excluded; i++) {
		struct device_rec d;
		char id[2 * sizeof(d.id) + 1];
		size_t at;

		if (!index_by_key(&f->index, r->excluded[i], &at, &d))
			continue;
		hex_encode(id, d.id, sizeof(d.id));
		jw_str(w, id);
	}
	jw_end_array(w);
}

static void put_rollout(struct jw *w, struct fleet *f, const struct rollout *r)
{
	const struct plan *p = &r->plan->plan;
	struct cell_counts counts;
	char waits[EVIDENCE_TEXT] = "";

	engine_counts(r->engine, &counts);
	engine_waits_for(r->engine, fleet_now_ms(f), waits, sizeof(waits));
	jw_put_int(w, "key", r->key);
	jw_put_str(w, "product", r->product);
	jw_put_str(w, "plan", r->plan->path);
	jw_put_str(w, "plan_id", p->id);
	jw_put_int(w, "rev", p->rev);
	jw_put_str(w, "kind", p->kind == PLAN_RECALL ? "recall" : "install");
	jw_put_str(w, "release", p->release_path);
	jw_put_str(w, "version", r->plan->release->fw.version);
	jw_put_str(w, "state", rollout_state_name(engine_state(r->engine)));
	jw_put_int(w, "stage", engine_stage(r->engine));
	show_stages(w, p);
	show_when(w, "stage_since", r->stage_since_ms);
	show_when(w, "began", r->began_ms);
	show_when(w, "ended", r->ended_ms);
	show_actor(w, f, "created_by", r->created_by);
	jw_put_int(w, "epoch", r->epoch);
	jw_put_str(w, "waits_for", waits);
	show_eta(w, f, r);
	jw_key(w, "counts");
	jw_object(w);
	put_counts(w, &counts);
	jw_end_object(w);
	put_cells(w, r);
	put_kept_back(w, r);
	put_halts(w, f, r);
	show_holds(w, r);
	put_excluded(w, f, r);
	show_precedence(w, f, r);
	show_recall(w, f, r);
}

void show_rollout(struct jw *w, struct fleet *f, const struct rollout *r)
{
	jw_object(w);
	put_rollout(w, f, r);
	jw_end_object(w);
}

void show_rollout_and(struct buf *out, struct fleet *f, const struct rollout *r,
                      const char *key, int64_t n)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	put_rollout(&w, f, r);
	jw_put_int(&w, key, n);
	jw_end_object(&w);
}

void show_rollouts(struct jw *w, struct fleet *f)
{
	jw_key(w, "rollouts");
	jw_array(w);
	for (size_t i = f->live.len; i-- > 0;)
		show_rollout(w, f, f->live.items[i]);
	jw_end_array(w);
}
