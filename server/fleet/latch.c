#include "config.h"

#include "server/fleet/latch.h"

#include "lib/base/mem.h"
#include "server/store/halts.h"
#include "server/store/plans.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct past_halt {
	struct cell cell; /* "*" spans */
	int64_t rev;
};

struct history {
	const struct rollout *to;
	struct {
		struct past_halt *items;
		size_t len, cap;
	} halts;
	struct {
		struct plan **items; /* the other revisions, rising */
		size_t len, cap;
	} plans;
};

static void history_fini(struct history *h)
{
	for (size_t i = 0; i < h->plans.len; i++) {
		plan_fini(h->plans.items[i]);
		free(h->plans.items[i]);
	}
	free(h->plans.items);
	free(h->halts.items);
}
DEFINE_SCOPED_PLACE(history_fini, struct history)

static void note_halt(struct history *h, const char *hw, const char *region,
                      int64_t rev)
{
	struct past_halt *p;

	VEC_GROW(&h->halts);
	p = &h->halts.items[h->halts.len++];
	*p = (struct past_halt){.rev = rev};
	word_set(p->cell.hw, hw);
	word_set(p->cell.region, region);
}

static int take_halt(void *ctx, const struct halt_row *row, struct err *e)
{
	struct history *h = ctx;

	(void)e;
	if (row->rev != h->to->plan->plan.rev)
		note_halt(h, row->hw, row->region, row->rev);
	return 0;
}

static int take_plan(void *ctx, const struct plan_row *row, struct err *e)
{
	struct history *h = ctx;
	struct plan *p;

	if (row->rev == h->to->plan->plan.rev)
		return 0;
	p = xcalloc(1, sizeof(*p));
	if (plan_parse(p, row->path, row->bytes, row->len, e) != 0) {
		plan_fini(p);
		free(p);
		return -1;
	}
	VEC_GROW(&h->plans);
	h->plans.items[h->plans.len++] = p;
	return 0;
}

/* What the database does not know yet. */
static void take_unsaved(struct history *h, const struct live *live)
{
	const struct rollout *to = h->to;

	for (size_t i = 0; i < live->len; i++) {
		const struct rollout *r = live->items[i];

		if (r == to || strcmp(r->product, to->product) != 0 ||
		    strcmp(r->plan->plan.id, to->plan->plan.id) != 0)
			continue;
		for (size_t k = 0; k < r->n_halts; k++)
			if (!r->halts[k].saved)
				note_halt(h, r->halts[k].cell.hw,
				          r->halts[k].cell.region,
				          r->plan->plan.rev);
	}
}

static bool knew(const struct history *h, int64_t rev, const struct cell *c)
{
	for (size_t i = 0; i < h->plans.len; i++)
		if (h->plans.items[i]->rev == rev)
			return plan_cell_index(h->plans.items[i], c->hw,
			                       c->region) >= 0;
	return true; /* nobody can say: more is halted, never less */
}

static bool resumes(const struct plan *p, const struct cell *c)
{
	return cells_match(p->resumes, p->n_resumes, c->hw, c->region);
}

/* Some revision above the halt, up to the new one. */
static bool was_resumed(const struct history *h, int64_t rev,
                        const struct cell *c)
{
	const struct plan *to = &h->to->plan->plan;

	if (to->rev > rev && resumes(to, c))
		return true;
	for (size_t i = 0; i < h->plans.len; i++) {
		const struct plan *p = h->plans.items[i];

		if (p->rev > rev && p->rev < to->rev && resumes(p, c))
			return true;
	}
	return false;
}

/* The highest revision whose halt still stops this cell; 0: none does. */
static int64_t stopped_by(const struct history *h, const struct cell *c)
{
	int64_t rev = 0;

	for (size_t i = 0; i < h->halts.len; i++) {
		const struct past_halt *p = &h->halts.items[i];

		if (p->rev > rev &&
		    cells_match(&p->cell, 1, c->hw, c->region) &&
		    knew(h, p->rev, c) && !was_resumed(h, p->rev, c))
			rev = p->rev;
	}
	return rev;
}

static void carry(struct rollout *to, const struct cell *c, int64_t rev)
{
	struct rollout_halt h = {.cell = *c};
	struct evidence *v = &h.evidence;

	v->by_hand = true;
	v->crossed = v->halted_as = SCOPE_CELL;
	v->at_ms = to->stage_since_ms;
	memcpy(v->hw, c->hw, sizeof(v->hw));
	memcpy(v->region, c->region, sizeof(v->region));
	memcpy(v->halt_hw, c->hw, sizeof(v->halt_hw));
	memcpy(v->halt_region, c->region, sizeof(v->halt_region));
	(void)snprintf(v->text, sizeof(v->text),
	               "carried over from revision %" PRId64, rev);
	(void)snprintf(h.actor, sizeof(h.actor), "publish");
	engine_halt(to->engine, c->hw, c->region);
	rollout_add_halt(to, &h);
}

int latch_carry(struct rollout *to, struct fleet *f, struct err *e)
{
	const struct plan *p = &to->plan->plan;
	SCOPED(history_fini)
	struct history h = {.to = to};

	if (halts_of_plan(f->store, to->product, p->id, take_halt, &h, e) != 0)
		return -1;
	take_unsaved(&h, &f->live);
	if (h.halts.len == 0)
		return 0;
	if (plans_of_id(f->store, to->product, p->id, take_plan, &h, e) != 0)
		return -1;
	for (size_t i = 0; i < plan_n_cells(p); i++) {
		struct cell c = plan_cell_at(p, (int)i);
		int64_t rev = stopped_by(&h, &c);

		if (rev > 0)
			carry(to, &c, rev);
	}
	rollout_end_if_halted(to, fleet_now_ms(f));
	return 0;
}
