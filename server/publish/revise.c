#include "config.h"

#include "server/publish/revise.h"

#include "lib/base/mem.h"
#include "server/fleet/epoch.h"
#include "server/fleet/exclude.h"
#include "server/fleet/judge.h"
#include "server/fleet/kept_back.h"
#include "server/fleet/latch.h"
#include "server/fleet/lineage.h"
#include "server/fleet/operate.h"
#include "server/fleet/precede.h"
#include "server/fleet/reach.h"
#include "server/fleet/share.h"

#include <stdio.h>
#include <string.h>

static const struct catalog_product *product_of(const struct set *set,
                                                const struct rollout *r)
{
	return catalog_product(&set->catalog, r->product);
}

/* The plan of this id in the new set, of a higher revision; NULL. */
static const struct catalog_plan *successor(const struct set *set,
                                            const struct rollout *r)
{
	const struct catalog_product *p = product_of(set, r);

	for (size_t i = 0; p != NULL && i < p->n_plans; i++)
		if (strcmp(p->plans[i].plan.id, r->plan->plan.id) == 0 &&
		    p->plans[i].plan.rev > r->plan->plan.rev)
			return &p->plans[i];
	return NULL;
}

struct carrying {
	struct fleet *f;
	struct rollout *to;
	int64_t now_ms;
};

/* Trials and sums stay where the revision only widens or renews; what was not
 * activated is void (trust.md, State). */
static int carry_trial(void *ctx, const struct trial_row *row, struct err *e)
{
	const struct carrying *c = ctx;
	struct trial t = row->trial;

	(void)e;
	if (row->control) {
		kept_back_load(c->f, c->to, row);
		return 0;
	}
	t.stood_still_ms = row->stood_still_ms;
	t.batch = fleet_batch_of(c->f, t.device);
	if (trial_is_open(t.step) && t.step < TRIAL_ACTIVATED) {
		t.step = TRIAL_VOID;
		t.step_ms = c->now_ms;
	}
	(void)rollout_enrol(c->to, &t, row->rollout);
	return 0;
}

/* As a restart will read them, so that both give the same sums: also those of
 * a cell that the revision before did not have. */
static int carry_trials(struct fleet *f, struct rollout *to, struct err *e)
{
	struct carrying c = {f, to, to->stage_since_ms};
	SCOPED(lineage_fini)
	struct lineage l = {0};

	return lineage_load(&l, f->store, e) != 0
	               ? -1
	               : lineage_each(&l, f->store, to, carry_trial, &c, e);
}

static int revise(struct fleet *f, struct set *set, struct revision *v,
                  struct err *e)
{
	const struct rollout *old = v->old;
	int64_t now = fleet_now_ms(f);
	int last = (int)v->plan->plan.n_stages - 1;
	int stage = engine_stage(old->engine);
	struct rollout *new = live_add(&f->live, 0, old->product, set, v->plan,
	                               old->began_ms);

	v->new = new;
	new->stage_since_ms = now;
	engine_set_stage(new->engine, stage < last ? stage : last, now);
	(void)snprintf(new->created_by, sizeof(new->created_by), "%s",
	               old->created_by);
	engine_set_state(new->engine, ROLLOUT_PAUSED);
	/* With `resumes` the epoch is empty: lineage.h. */
	if ((v->plan->plan.n_resumes > 0
	             ? epoch_begin(new, f, e)
	             : epoch_enter(new, f, old->epoch, e)) != 0 ||
	    carry_trials(f, new, e) != 0 || latch_carry(new, f, e) != 0 ||
	    exclude_load(f, new, e) != 0)
		return -1;
	/* One that is halted everywhere starts nothing. */
	if (engine_state(new->engine) != ROLLOUT_HALTED &&
	    (operate_check_beside(f, v->plan, e) != 0 ||
	     kept_back_check(f, new->product, &v->plan->plan, e) != 0))
		return -1;
	share_count(f, new);
	reach_count(f, new);
	return 0;
}

int revise_begin(struct revisions *out, struct fleet *f, struct set *set,
                 struct err *e)
{
	size_t n = f->live.len;

	*out = (struct revisions){0};
	for (size_t i = 0; i < n; i++) {
		struct rollout *r = f->live.items[i];
		const struct catalog_product *p = product_of(set, r);

		if (engine_state(r->engine) == ROLLOUT_SUPERSEDED ||
		    (p != NULL && catalog_plan(p, r->plan->path) != NULL))
			continue;
		VEC_GROW(out);
		out->items[out->len++] = (struct revision){
			.old = r,
			.plan = successor(set, r),
			.old_state = engine_state(r->engine),
			.old_ended_ms = r->ended_ms,
		};
	}
	for (size_t i = 0; i < out->len; i++) {
		engine_set_state(out->items[i].old->engine, ROLLOUT_SUPERSEDED);
		out->items[i].old->ended_ms = fleet_now_ms(f);
	}
	for (size_t i = 0; i < out->len; i++)
		if (out->items[i].plan != NULL &&
		    revise(f, set, &out->items[i], e) != 0)
			return -1;
	return 0;
}

static int write_void_trials(struct fleet *f, const struct rollout *r,
                             struct err *e)
{
	for (size_t i = 0; i < engine_n_trials(r->engine); i++) {
		const struct trial *t = engine_trial(r->engine, i);

		if (t->step == TRIAL_VOID && t->step_ms == r->stage_since_ms &&
		    fleet_save_step(f, r, i, TRIAL_VOID, "", "", e) != 0)
			return -1;
	}
	return 0;
}

/* A halt that was signed and could not be written: once its plan is gone, a
 * start finds it nowhere but in the database. */
static int write_unsaved(struct fleet *f, const struct rollout *r,
                         struct err *e)
{
	for (size_t i = 0; i < r->n_halts; i++)
		if (!r->halts[i].saved &&
		    judge_write_halt(f, r, &r->halts[i], e) != 0)
			return -1;
	return 0;
}

int revise_write(struct fleet *f, struct revisions *v, const struct deed *deed,
                 struct err *e)
{
	for (size_t i = 0; i < v->len; i++) {
		struct revision *r = &v->items[i];

		if (write_unsaved(f, r->old, e) != 0 ||
		    rollouts_set_state(f->store, r->old->key,
		                       ROLLOUT_SUPERSEDED, r->old->ended_ms,
		                       e) != 0)
			return -1;
		if (r->new != NULL &&
		    (operate_write_new(f, r->new, deed->actor, e) != 0 ||
		     write_void_trials(f, r->new, e) != 0))
			return -1;
	}
	return 0;
}

void revise_written(struct revisions *v, struct fleet *f)
{
	for (size_t i = 0; i < v->len; i++)
		if (v->items[i].new != NULL) {
			operate_written(v->items[i].new);
			(void)precede_count(f, v->items[i].new);
		}
}

void revise_undo(struct revisions *v, struct fleet *f)
{
	for (size_t i = v->len; i-- > 0;) {
		engine_set_state(v->items[i].old->engine,
		                 v->items[i].old_state);
		v->items[i].old->ended_ms = v->items[i].old_ended_ms;
		if (v->items[i].new != NULL)
			live_drop_last(&f->live);
	}
}
