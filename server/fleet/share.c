#include "config.h"

#include "server/fleet/share.h"

#include "server/fleet/reach.h"

#include <string.h>

#define WEEK_MS INT64_C(604800000)
#define ALWAYS 3
#define EVERYBODY (-1) /* no batch has this key */

static void count_one(struct by_batch *h, int cell, int64_t batch)
{
	const struct by_batch_count one = {.trials = 1};

	by_batch_add(h, cell, batch, one);
	by_batch_add(h, cell, EVERYBODY, one);
}

/* Who enrolled later is in nobody's share, also when a restart counts: else
 * whoever holds a batch token could raise it. */
void share_count(struct fleet *f, struct rollout *r)
{
	const struct plan *p = &r->plan->plan;
	size_t n = index_count(&f->index);

	by_batch_fini(&r->shares);
	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);
		struct cohort c = index_cohort_of(&f->index, d.cohort);
		int cell = plan_cell_index(p, c.hw, c.region);

		if (cell < 0 || d.revoked || d.enrolled_ms >= r->began_ms ||
		    d.last_seen_ms < r->began_ms - WEEK_MS ||
		    strcmp(c.product, r->product) != 0 ||
		    !words_has(&p->channels, c.channel))
			continue;
		count_one(&r->shares, cell, d.batch);
		count_one(&r->shares, BY_BATCH_ALL_CELLS, d.batch);
	}
}

/* The largest of 3, 20 % of `whole`, and the batch's share of it. */
static int64_t bound(const struct rollout *r, int cell, int64_t batch,
                     int64_t whole)
{
	int64_t all = by_batch_get(&r->shares, cell, EVERYBODY).trials;
	int64_t own = by_batch_get(&r->shares, cell, batch).trials;
	int64_t most = whole / 5 > ALWAYS ? whole / 5 : ALWAYS;
	int64_t share;

	if (all == 0)
		return whole; /* nobody was seen: nothing to compare with */
	/* Rounded up; neither product passes 2^53 x devices of one cell. */
	share = (whole / all) * own + ((whole % all) * own + all - 1) / all;
	return share > most ? share : most;
}

enum share_room share_room(const struct rollout *r, int cell, int64_t batch,
                           bool counted)
{
	int64_t slots = r->plan->plan.gate.in_flight;
	struct cell_counts c;
	int64_t whole;

	if (engine_batch_open(r->engine, batch) >=
	    bound(r, BY_BATCH_ALL_CELLS, batch, slots))
		return SHARE_SLOTS;
	if (!counted)
		return SHARE_ROOM; /* in no gate */
	/* As slots are those there may be, a cell's trials are those that the
	 * stage may try: a bound on those there are by now would keep a batch
	 * waiting for ever for devices of others that never come. */
	engine_cell_counts(r->engine, cell, &c);
	whole = reach_of_cell(r, cell);
	/* Some that were tried may be away by now. */
	if (whole <= c.trials + c.silent)
		whole = c.trials + c.silent + 1;
	return engine_batch_trials(r->engine, cell, batch) >=
	                       bound(r, cell, batch, whole)
	               ? SHARE_TRIALS
	               : SHARE_ROOM;
}
