#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/rollout/stats.h"
#include "lib/sim/rule.h"
#include "tests/support/runner.h"
#include "tests/unit/rollout/engine_rig.h"
#include "tests/unit/sim/exact.h"

static struct rule *make(enum rule_kind kind, int64_t stage)
{
	struct rule_terms terms = {.kind = kind,
	                           .p0_ppm = 20000,
	                           .alpha_ppm = 50000,
	                           .weight = 1,
	                           .stage = stage,
	                           .min = 100};
	struct rule *r;
	struct err e = {0};

	r = rule_new(&terms, &e);
	ck_assert_msg(r != NULL, "%s", e.msg);
	return r;
}

/* So many reports; whether the last one halts. None before it does. */
static bool after(struct rule *r, int64_t good, int64_t bad)
{
	bool halts = false;

	for (int64_t i = 0; i < good + bad; i++) {
		ck_assert(!halts);
		halts = rule_report(r, i >= good);
	}
	return halts;
}

/* One fleet of one cell, weight 1, reports in sequence: the whole engine and
 * the rule agree after each. Returns whether it halted. */
static bool agrees(struct rule *r, uint64_t seed, uint64_t fail_ppm)
{
	SCOPED(rig_fini)
	struct rig rig;
	struct rng_seeded rng;
	bool halts = false;

	begin(&rig, 1, 1);
	rng_seeded_init(&rng, seed);
	rule_begin(r);
	for (int i = 0; i < 300 && !halts; i++) {
		bool fails = rng_below(&rng.rng, PPM) < fail_ppm;

		(void)ended(&rig, 0, fails ? TRIAL_FAILED : TRIAL_CONFIRMED);
		halts = rule_report(r, fails);
		ck_assert_int_eq(look(&rig).kind == ACTION_HALT, halts);
	}
	return halts;
}

TEST(the_sum_halts_when_the_engine_does)
{
	static const uint64_t fail_ppm[] = {20000, 50000, 100000, 300000};
	SCOPED(rule_free)
	struct rule *r = make(RULE_EPROCESS, 1000);
	int halted = 0;

	for (size_t i = 0; i < ARRAY_LEN(fail_ppm); i++)
		for (uint64_t seed = 1; seed <= 10; seed++)
			halted += agrees(r, seed, fail_ppm[i]);
	ck_assert_int_gt(halted, 20);
	ck_assert_int_lt(halted, 40);
}

static bool table_halts(const void *table, int64_t s, int64_t n)
{
	return stats_table_halts(table, s, n);
}

TEST(a_fleet_as_bad_as_tolerated_is_halted_less_often_than_alpha)
{
	/* Ville's inequality, exactly: over 3000 devices and a look at each. */
	static const struct {
		int32_t p0_ppm, alpha_ppm;
		double weight;
	} cases[] = {
		{20000, 50000, 1},    {20000, 10000, 1},
		{20000, 50000, 0.25}, {20000, 50000, 1.0 / 36},
		{1000, 50000, 1},     {100000, 50000, 1},
		{300000, 200000, 1},  {900000, 500000, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stats_table t;
		struct exact x;

		stats_table_init(
			&t, cases[i].p0_ppm,
			stats_log_bound(cases[i].alpha_ppm, cases[i].weight),
			3000);
		exact_stage(&x, table_halts, &t, 3000, cases[i].p0_ppm / 1e6);
		ck_assert_double_gt(x.p_halt, 0);
		ck_assert_double_le(x.p_halt,
		                    cases[i].alpha_ppm / 1e6 * cases[i].weight);
		stats_table_fini(&t);
	}
}

TEST(hawkbit_waits_for_201_failures_in_a_group_of_10000)
{
	SCOPED(rule_free)
	struct rule *r = make(RULE_HAWKBIT, 10000);

	ck_assert(!after(r, 0, 200));
	ck_assert(rule_report(r, true));
	rule_begin(r);
	ck_assert(!after(r, 9000, 200));
	ck_assert(!rule_report(r, false));
	ck_assert(rule_report(r, true));
}

TEST(hawkbit_knows_whole_percents_only)
{
	struct rule_terms terms = {
		.kind = RULE_HAWKBIT, .p0_ppm = 25000, .stage = 10};
	struct err e = {0};

	ck_assert_ptr_null(rule_new(&terms, &e));
	ck_assert_int_eq(e.kind, ERR_USAGE);
	ASSERT_SAYS("25000 ppm");
}

TEST(a_raw_percentage_halts_at_the_first_failure_of_49)
{
	SCOPED(rule_free)
	struct rule *r = make(RULE_PERCENT, 1000);

	ck_assert(after(r, 0, 1));
	rule_begin(r);
	ck_assert(after(r, 48, 1));
	/* 1 of 50 is 2 %, which is not above it; 2 of 51 are. */
	rule_begin(r);
	ck_assert(!after(r, 49, 1));
	ck_assert(rule_report(r, true));
}

TEST(a_floor_is_waited_for_also_when_all_fail)
{
	SCOPED(rule_free)
	struct rule *r = make(RULE_PERCENT_MIN, 1000);

	ck_assert(!after(r, 0, 99));
	/* A success can be the report that reaches the floor. */
	ck_assert(rule_report(r, false));
	rule_begin(r);
	ck_assert(!after(r, 98, 2));
	rule_begin(r);
	ck_assert(after(r, 97, 3));
}
