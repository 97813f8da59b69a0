/*
 * Many runs of one stage: devices report one after the other, without delay,
 * each failing with the same chance, until the rule halts or the stage is
 * through. The same seed gives the same figures everywhere, and run i meets
 * the same devices whatever the rule, so that rules are compared on the same
 * fleets.
 */
#ifndef LIB_SIM_STAGE_H
#define LIB_SIM_STAGE_H

#include "lib/sim/estimate.h"
#include "lib/sim/rule.h"

#include <stdint.h>

struct stage_figures {
	int64_t runs, halts;
	/* Over all runs, those that never halt too. */
	struct estimate_mean failed;  /* devices failed when it ended */
	struct estimate_mean exposed; /* devices that reported by then */
};

void stage_simulate(struct stage_figures *out, const struct rule_terms *terms,
                    struct rule *rule, int32_t p_ppm, int64_t runs,
                    uint64_t seed);

#endif
