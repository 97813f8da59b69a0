/*
 * Plans that are made often, by name: how far, how long each stage soaks, and
 * what the gate tolerates. One table, for who writes a plan and for who
 * forecasts one that is not written yet.
 */
#ifndef LIB_ROLLOUT_TEMPLATE_H
#define LIB_ROLLOUT_TEMPLATE_H

#include "lib/rollout/plan.h"

struct plan_template_stage {
	int32_t ppm;
	int64_t soak_s;
};

struct plan_template {
	const char *name;
	const struct plan_template_stage *stages;
	size_t n_stages;
	struct plan_gate gate;
};

/* The first is what is meant when nobody says which. */
extern const struct plan_template plan_templates[];
extern const size_t plan_n_templates;
/* Their names, as an option takes them; ends with NULL. */
extern const char *const plan_template_names[];

/* Stages and gate of the plan, which has no stages yet; each stage begins when
 * the one before has soaked, the first at start_s. */
void plan_template_apply(struct plan *p, const struct plan_template *t,
                         int64_t start_s);

#endif
