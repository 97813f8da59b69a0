#include "config.h"

#include "lib/rollout/template.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <string.h>

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)

static const struct plan_template_stage cautious[] = {
	{10000, 6 * HOUR_S},
	{50000, 12 * HOUR_S},
	{250000, DAY_S},
	{PPM, 7 * DAY_S},
};
static const struct plan_template_stage fast[] = {
	{50000, 2 * HOUR_S},
	{250000, 6 * HOUR_S},
	{PPM, 3 * DAY_S},
};
/* Two stages all the same: what is hurried is tested least. */
static const struct plan_template_stage hotfix[] = {
	{100000, HOUR_S},
	{PPM, 2 * DAY_S},
};

/* What no template changes: the shares that the proofs are about. Of the
 * weights that were tried, these harm fewest devices (script/bench search,
 * doc/rollout-maths.md); a plan that gives none has quarters. */
#define TOLERANCES                                                        \
	.p0_ppm = 20000, .alpha_ppm = 50000, .p_silent_ppm = 100000,      \
	.alpha_silent_ppm = 10000, .p1_ppm = 20000, .beta_ppm = 50000,    \
	.min_confirmed = 10, .weight_cells = 300000, .weight_hw = 100000, \
	.weight_regions = 100000, .weight_pooled = 500000

#define STAGES(s) .stages = (s), .n_stages = ARRAY_LEN(s)

const struct plan_template plan_templates[] = {
	/* What nobody hurries: soaks of two days, a week watched. */
	{.name = "cautious",
         STAGES(cautious),
         .gate = {TOLERANCES, .soft_s = 2 * HOUR_S, .hard_s = DAY_S,
                  .in_flight = 500}},
	/* A change that was out before: soaks of eight hours. */
	{.name = "fast",
         STAGES(fast),
         .gate = {TOLERANCES, .soft_s = 2 * HOUR_S, .hard_s = DAY_S,
                  .in_flight = 2000}},
	/* Worse not to have: a soak of an hour, two days watched. */
	{.name = "hotfix",
         STAGES(hotfix),
         .gate = {TOLERANCES, .soft_s = HOUR_S, .hard_s = 12 * HOUR_S,
                  .in_flight = 10000}},
};
const size_t plan_n_templates = ARRAY_LEN(plan_templates);

const char *const plan_template_names[] = {"cautious", "fast", "hotfix", NULL};
_Static_assert(ARRAY_LEN(plan_template_names) == ARRAY_LEN(plan_templates) + 1,
               "each template has its name in the list");

void plan_template_apply(struct plan *p, const struct plan_template *t,
                         int64_t start_s)
{
	assert(p->n_stages == 0 && t->n_stages <= PLAN_STAGES_MAX);
	for (size_t i = 0; i < t->n_stages; i++) {
		p->stages[p->n_stages++] = (struct plan_stage){
			.ppm = t->stages[i].ppm,
			.not_before_s = start_s,
			.soak_s = t->stages[i].soak_s,
		};
		start_s += t->stages[i].soak_s;
	}
	p->gate = t->gate;
}
