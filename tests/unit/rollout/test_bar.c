#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/rollout/bar.h"
#include "lib/rollout/gate.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

DEFINE_SCOPED_PLACE(bar_fini, struct bar)

/* rollout-rules.md, Promotion: p1 = 2 %, β = 5 %. */
#define P1 20000
#define BETA 50000
/* ln(1/β) */
#define LOG_20 2.995732273553991

static const struct {
	int64_t failed, needed;
} published[] = {{0, 184}, {1, 327}, {2, 435}, {3, 532}, {5, 710}};

TEST(the_published_bars_hold)
{
	SCOPED(bar_fini)
	struct bar b = {0};

	bar_init(&b, P1, BETA);
	bar_grow(&b, 5);
	for (size_t i = 0; i < ARRAY_LEN(published); i++)
		ck_assert_int_eq(bar_needed(&b, published[i].failed),
		                 published[i].needed);
}

TEST(a_bar_is_the_first_count_that_meets_it)
{
	SCOPED(bar_fini)
	struct bar b = {0};

	bar_init(&b, P1, BETA);
	bar_grow(&b, 200);
	for (int64_t s = 0; s <= 200; s++) {
		int64_t n = bar_needed(&b, s);

		ck_assert_double_ge(bar_log_e(P1, s, n), LOG_20);
		ck_assert_double_lt(bar_log_e(P1, s, n - 1), LOG_20);
		ck_assert(s == 0 || n > bar_needed(&b, s - 1));
	}
}

TEST(the_bar_works_at_every_tolerance)
{
	static const int32_t tolerances[] = {1, 1000, 50000, 300000, 900000};

	for (size_t i = 0; i < ARRAY_LEN(tolerances); i++) {
		SCOPED(bar_fini)
		struct bar b = {0};

		bar_init(&b, tolerances[i], BETA);
		bar_grow(&b, 3);
		ck_assert_int_gt(bar_needed(&b, 0), 0);
		ck_assert_int_gt(bar_needed(&b, 3), bar_needed(&b, 0) + 2);
	}
}

TEST(what_fails_as_often_as_p1_seldom_meets_the_bar)
{
	/* A look after every one of 2000 trials at p = p1: at most β of runs
	 * ever meet it. 2000 runs, fixed seed; five standard deviations. */
	SCOPED(bar_fini)
	struct bar b = {0};
	struct rng_seeded rng;
	int met = 0;

	bar_init(&b, P1, BETA);
	rng_seeded_init(&rng, 3);
	for (int run = 0; run < 2000; run++) {
		int64_t s = 0;

		for (int64_t n = 1; n <= 2000; n++) {
			s += rng_below(&rng.rng, PPM) < P1;
			bar_grow(&b, s);
			if (n >= bar_needed(&b, s)) {
				met++;
				break;
			}
		}
	}
	ck_assert_int_le(met, 100 + 49);
	ck_assert_int_gt(met, 20);
}

TEST(what_a_stage_can_meet_is_said_beforehand)
{
	struct plan p;
	int64_t needed;

	fixture_plan(&p);
	ck_assert_int_eq(gate_can_meet(&p, 0, &needed), -1);
	ck_assert_int_eq(needed, 184);
	ck_assert_int_eq(gate_can_meet(&p, 183, &needed), -1);
	ck_assert_int_eq(gate_can_meet(&p, 184, &needed), 0);
	ck_assert_int_eq(gate_can_meet(&p, 434, &needed), 1);
	ck_assert_int_eq(gate_can_meet(&p, 710, &needed), 5);
	ck_assert_int_eq(needed, 184);
	plan_fini(&p);
}
