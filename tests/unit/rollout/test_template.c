#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/template.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <stdlib.h>
#include <string.h>

static void apply(struct plan *p, const struct plan_template *t)
{
	fixture_plan(p);
	for (size_t i = 0; i < p->n_stages; i++)
		free(p->stages[i].cells);
	memset(p->stages, 0, sizeof(p->stages));
	p->n_stages = 0;
	plan_template_apply(p, t, FIXTURE_T0_S);
	p->expires_s = FIXTURE_T0_S + PLAN_LIFE_MAX_S;
}

TEST(every_template_is_a_plan_its_readers_take)
{
	for (size_t i = 0; i < plan_n_templates; i++) {
		SCOPED(plan_fini)
		struct plan p = {0}, q = {0};
		SCOPED(free)
		char *text = NULL;
		struct err e = {0};

		apply(&p, &plan_templates[i]);
		text = fixture_plan_text(&p);
		ASSERT_OK(plan_parse(&q, "plan", text, strlen(text), &e));
		ck_assert_int_eq(q.stages[q.n_stages - 1].ppm, PPM);
		ck_assert_str_eq(plan_template_names[i],
		                 plan_templates[i].name);
	}
}

TEST(the_cautious_one_has_the_stages_of_its_name)
{
	static const struct plan_template_stage wanted[] = {
		{10000, 6 * 3600},
		{50000, 12 * 3600},
		{250000, 24 * 3600},
		{PPM, 7 * 86400},
	};
	SCOPED(plan_fini)
	struct plan p = {0};
	int64_t begin_s = FIXTURE_T0_S;

	ck_assert_str_eq(plan_templates[0].name, "cautious");
	apply(&p, &plan_templates[0]);
	ck_assert_uint_eq(p.n_stages, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		ck_assert_int_eq(p.stages[i].ppm, wanted[i].ppm);
		ck_assert_int_eq(p.stages[i].soak_s, wanted[i].soak_s);
		ck_assert_int_eq(p.stages[i].not_before_s, begin_s);
		begin_s += wanted[i].soak_s;
	}
	ck_assert_int_eq(p.gate.p0_ppm, 20000);
	ck_assert_int_eq(p.gate.in_flight, 500);
}
