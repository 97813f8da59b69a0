#include "config.h"

#include "server/fleet/precede.h"

#include "lib/base/mem.h"
#include "server/fleet/checkin_device.h"

#include <stdlib.h>
#include <string.h>

bool precede_is_unfinished(const struct rollout *r)
{
	enum rollout_state s = engine_state(r->engine);

	return s == ROLLOUT_RUNNING || s == ROLLOUT_PAUSED;
}

static struct offer_rule rule_of(const struct rollout *r)
{
	return (struct offer_rule){
		.plan = &r->plan->plan,
		.release = &r->plan->release->fw,
	};
}

bool precede_recalls(const struct plan *recall, const struct catalog_plan *p)
{
	const char *image = *p->release->fw.installed_sha256 != '\0'
	                            ? p->release->fw.installed_sha256
	                            : p->release->sha256;

	for (size_t i = 0; i < recall->n_from; i++)
		if (strcmp(recall->from[i], image) == 0)
			return true;
	return false;
}

const struct rollout *precede_recall_of(const struct fleet *f,
                                        const struct rollout *r)
{
	for (size_t i = f->live.len; i-- > 0 && f->live.items[i] != r;) {
		const struct rollout *o = f->live.items[i];

		if (strcmp(o->product, r->product) == 0 &&
		    engine_state(o->engine) != ROLLOUT_SUPERSEDED &&
		    precede_recalls(&o->plan->plan, r->plan))
			return o;
	}
	return NULL;
}

/* As live_for_online() lists them; r is the newer. */
static bool stands_above(const struct rollout *r, const struct rollout *older)
{
	return r->plan->plan.kind == PLAN_RECALL ||
	       older->plan->plan.kind != PLAN_RECALL;
}

static void add(struct rollout *above, const struct rollout *below)
{
	struct rollout_over *o;

	for (size_t i = 0; i < above->over.len; i++)
		if (above->over.items[i].rollout == below->key) {
			above->over.items[i].devices++;
			return;
		}
	VEC_GROW(&above->over);
	o = &above->over.items[above->over.len++];
	*o = (struct rollout_over){.rollout = below->key, .devices = 1};
}

/* One device that r's scope has: true when r takes it. */
static bool take(struct fleet *f, struct rollout *r,
                 const struct offer_device *d)
{
	bool taken = false;

	for (size_t i = 0; i < f->live.len && f->live.items[i] != r; i++) {
		struct rollout *o = f->live.items[i];
		struct offer_rule rule = rule_of(o);

		if (!precede_is_unfinished(o) ||
		    strcmp(o->product, r->product) != 0 || !offer_has(&rule, d))
			continue;
		if (stands_above(r, o)) {
			add(r, o);
			taken = true;
		} else {
			add(o, r);
		}
	}
	return taken;
}

int64_t precede_count(struct fleet *f, struct rollout *r)
{
	struct offer_rule rule = rule_of(r);
	size_t n = index_count(&f->index);
	int64_t taken = 0;

	if (!precede_is_unfinished(r) || f->live.items[0] == r)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);
		struct device_space space;
		struct offer_device as;

		checkin_device(&as, &space, f, &d);
		if (!d.revoked && strcmp(as.product, r->product) == 0 &&
		    offer_has(&rule, &as))
			taken += take(f, r, &as);
	}
	return taken;
}
