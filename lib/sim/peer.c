#include "config.h"

#include "lib/sim/peer.h"

void peer_init(struct peer *p, const struct peer_terms *terms)
{
	*p = (struct peer){.terms = *terms};
}

void peer_add(struct peer *p, int stage)
{
	p->groups[stage].devices++;
}

/* All groups together, where the rule asks for those that reported. */
static struct peer_group all_of(const struct peer *p)
{
	struct peer_group all = {0};

	for (size_t i = 0; i < PLAN_STAGES_MAX; i++) {
		all.reported += p->groups[i].reported;
		all.failed += p->groups[i].failed;
	}
	return all;
}

bool peer_report(struct peer *p, int stage, bool failed)
{
	struct peer_group *own = &p->groups[stage], of;

	own->reported++;
	own->failed += failed;
	of = p->terms.kind == RULE_HAWKBIT ? *own : all_of(p);
	return rule_peer_halts(&(struct rule_terms){.kind = p->terms.kind,
	                                            .p0_ppm = p->terms.p0_ppm,
	                                            .stage = of.devices,
	                                            .min = p->terms.min},
	                       of.failed, of.reported);
}
