#include "config.h"

#include "server/fleet/epoch.h"

#include "lib/base/mem.h"
#include "server/store/rollouts.h"
#include "server/store/trials.h"

#include <stdlib.h>
#include <string.h>

struct next {
	const struct rollout *r;
	int64_t epoch;
};

static int above(void *ctx, const struct rollout_row *row, struct err *e)
{
	struct next *n = ctx;

	(void)e;
	if (strcmp(row->product, n->r->product) == 0 &&
	    strcmp(row->plan_id, n->r->plan->plan.id) == 0 &&
	    row->epoch >= n->epoch)
		n->epoch = row->epoch + 1;
	return 0;
}

int epoch_begin(struct rollout *r, struct fleet *f, struct err *e)
{
	struct next n = {.r = r};

	return rollouts_each(f->store, above, &n, e) != 0
	               ? -1
	               : epoch_enter(r, f, n.epoch, e);
}

static void tried(void *ctx, int64_t device)
{
	struct rollout *r = ctx;

	VEC_GROW(&r->tried);
	r->tried.items[r->tried.len++] = device;
}

int epoch_enter(struct rollout *r, struct fleet *f, int64_t epoch,
                struct err *e)
{
	r->epoch = epoch;
	engine_set_epoch(r->engine, epoch);
	if (epoch == 0)
		return 0;
	return trials_tried(f->store, r->product, r->plan->plan.id, epoch,
	                    tried, r, e);
}
