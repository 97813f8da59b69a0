/*
 * The rules of others over a whole plan, by what devices report: hawkBit looks
 * at each group alone, which is what a stage adds; the shares of those that
 * reported look at all of the rollout.
 */
#ifndef LIB_SIM_PEER_H
#define LIB_SIM_PEER_H

#include "lib/rollout/plan.h"
#include "lib/sim/rule.h"

struct peer_terms {
	enum rule_kind kind; /* not RULE_EPROCESS */
	int32_t p0_ppm;
	int64_t min; /* RULE_PERCENT_MIN */
};

struct peer {
	struct peer_terms terms;
	struct peer_group {
		int64_t devices, reported, failed;
	} groups[PLAN_STAGES_MAX];
};

/* RULE_HAWKBIT knows whole percents alone: rule_check(). */
void peer_init(struct peer *p, const struct peer_terms *terms);
/* One more device of this stage's group. */
void peer_add(struct peer *p, int stage);
/* A device of this stage reports: does it all stop? */
bool peer_report(struct peer *p, int stage, bool failed);

#endif
