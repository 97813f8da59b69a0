#include "config.h"

#include "server/fleet/reach.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "server/fleet/kept_back.h"

#include <stdlib.h>
#include <string.h>

static int64_t *of_cell(const struct rollout *r, int cell)
{
	return &r->reach[(size_t)cell * r->plan->plan.n_stages];
}

/* Adds (by = 1) or takes out a device that counts. */
static void count(struct fleet *f, struct rollout *r,
                  const struct device_rec *d, int by)
{
	const struct plan *p = &r->plan->plan;
	struct cohort c;
	char id[33];
	uint32_t bucket;
	int64_t *reach;
	int cell;

	/* Who is kept back confirms nothing: nobody waits for him. */
	if (d->enrolled_ms >= r->began_ms || rollout_was_tried(r, d->key) ||
	    kept_back_has(r, d))
		return;
	c = index_cohort_of(&f->index, d->cohort);
	cell = plan_cell_index(p, c.hw, c.region);
	if (cell < 0 || strcmp(c.product, r->product) != 0 ||
	    !words_has(&p->channels, c.channel))
		return;
	hex_encode(id, d->id, sizeof(d->id));
	bucket = plan_has_member(p, id) ? 0 : bucket_of(p->release_sha256, id);
	reach = of_cell(r, cell);
	for (size_t s = 0; s < p->n_stages; s++)
		if ((int32_t)bucket < plan_ppm(p, s, c.hw, c.region))
			reach[s] += by;
	r->reach_changed = true;
}

void reach_tell(struct rollout *r)
{
	const struct plan *p = &r->plan->plan;

	for (size_t s = 0; s < p->n_stages; s++) {
		int64_t all = 0;

		for (int i = 0; i < (int)plan_n_cells(p); i++)
			if (!engine_cell_halted(r->engine, i))
				all += of_cell(r, i)[s];
		engine_set_reach(r->engine, (int)s, all);
	}
	r->reach_changed = false;
}

int64_t reach_of_cell(const struct rollout *r, int cell)
{
	return of_cell(r, cell)[engine_stage(r->engine)];
}

void reach_count(struct fleet *f, struct rollout *r)
{
	size_t n = index_count(&f->index);

	free(r->reach);
	r->reach =
		xcalloc(plan_n_cells(&r->plan->plan) * r->plan->plan.n_stages,
	                sizeof(*r->reach));
	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);

		if (d.in_reach)
			count(f, r, &d, 1);
	}
	reach_tell(r);
}

/* Devices whose cell is known for good: those that checked in. */
static void follow_one(struct fleet *f, size_t i, bool in_week)
{
	struct device_rec d = index_get(&f->index, i);
	bool in = in_week && d.checked_in && !d.revoked;

	if (in == d.in_reach)
		return;
	for (size_t k = 0; k < f->live.len; k++)
		count(f, f->live.items[k], &d, in ? 1 : -1);
	index_edit(&f->index, i)->in_reach = in;
	index_edit_end(&f->index);
}

void reach_follow(struct fleet *f, size_t max)
{
	size_t i;
	bool in_week;

	/* A clock in doubt says of nobody that he was away. */
	if ((f->trouble & TROUBLE_CLOCK) == 0)
		index_pass(&f->index, fleet_now_ms(f), f->seen_floor_ms, max);
	while (max-- > 0 && index_pop_changed(&f->index, &i, &in_week))
		follow_one(f, i, in_week);
	for (size_t k = 0; k < f->live.len; k++)
		if (f->live.items[k]->reach_changed)
			reach_tell(f->live.items[k]);
}
