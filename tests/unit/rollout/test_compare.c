#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/rollout/compare.h"
#include "lib/rollout/engine.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <math.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define T0_MS (FIXTURE_T0_S * 1000)

/* n join, `silent` of them never speak again. */
static void some(struct compare *c, int64_t hour, bool unit, int n, int silent)
{
	for (int i = 0; i < n; i++)
		compare_join(c, 0, hour * HOUR_MS + i, unit);
	for (int i = 0; i < n; i++)
		compare_end(c, 0, hour * HOUR_MS + i, unit,
		            i < silent ? COMPARE_SILENT : COMPARE_HEARD);
}

TEST(an_hour_is_compared_once_when_all_of_it_has_ended)
{
	struct compare c = {0};
	const struct stratum *s;

	compare_join(&c, 0, 5, true);
	some(&c, 0, false, 10, 2);
	ck_assert_ptr_null(compare_next(&c, 99 * HOUR_MS));
	compare_end(&c, 0, 5, true, COMPARE_HEARD);
	/* Somebody may still join. */
	ck_assert_ptr_null(compare_next(&c, HOUR_MS - 1));
	s = compare_next(&c, HOUR_MS);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->treated, 10);
	ck_assert_int_eq(s->treated_silent, 2);
	ck_assert_int_eq(s->units, 1);
	ck_assert_ptr_null(compare_next(&c, 99 * HOUR_MS));
	/* Where nobody is silent there is nothing to learn. */
	some(&c, 1, false, 10, 0);
	some(&c, 1, true, 10, 0);
	ck_assert_ptr_null(compare_next(&c, 99 * HOUR_MS));
	compare_fini(&c);
}

TEST(who_left_was_never_there)
{
	struct compare c = {0};
	const struct stratum *s;

	some(&c, 0, false, 3, 1);
	compare_join(&c, 0, 7, false);
	compare_end(&c, 0, 7, false, COMPARE_LEFT);
	s = compare_next(&c, HOUR_MS);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(s->treated, 3);
	compare_fini(&c);
}

TEST(the_sum_is_the_mixture_of_the_header_over_many_hours)
{
	static const double ratios[] = {1.5, 2, 3, 5, 10, 30, 100};
	struct stratum a = {.treated = 50, .units = 10, .treated_silent = 3};
	struct stratum b = {.treated = 20,
	                    .units = 20,
	                    .treated_silent = 1,
	                    .units_silent = 2};
	struct stratum alone = {.treated = 9, .treated_silent = 9};
	struct compare_sum sum = {0};
	double e = 0;

	compare_add(&sum, &a);
	compare_add(&sum, &b);
	compare_add(&sum, &alone);
	for (size_t i = 0; i < ARRAY_LEN(ratios); i++) {
		double r = ratios[i];
		double qa = r * 50 / (r * 50 + 10), qb = r * 20 / (r * 20 + 20);

		e += pow(qa / (50. / 60), 3) * (qb / 0.5) *
		     pow((1 - qb) / 0.5, 2) / 7;
	}
	ck_assert_double_eq_tol(compare_log_e(&sum), log(e), 1e-9);
	ck_assert_int_eq(sum.in.units_silent, 2);
	/* Who was alone is in no count either. */
	ck_assert_int_eq(sum.in.trials, 70);
	ck_assert_int_eq(sum.in.trials_silent, 4);
	ck_assert_int_eq(sum.in.units, 30);
}

/* Risk 1 %, 400 rollouts of 40 hours, 30 trials and 6 units an hour, each
 * silent with this share; how many cross. */
static int cross(double trials, double units)
{
	struct rng_seeded rng;
	int crossed = 0;

	rng_seeded_init(&rng, 7);
	for (int run = 0; run < 400; run++) {
		struct compare_sum sum = {0};
		bool did = false;

		for (int hour = 0; hour < 40; hour++) {
			struct stratum s = {.treated = 30, .units = 6};

			for (int i = 0; i < 30; i++)
				s.treated_silent += rng_below(&rng.rng, 10000) <
				                    trials * 10000;
			for (int i = 0; i < 6; i++)
				s.units_silent += rng_below(&rng.rng, 10000) <
				                  units * 10000;
			compare_add(&sum, &s);
			did |= compare_log_e(&sum) >= log(100);
		}
		crossed += did;
	}
	return crossed;
}

/* At most 4 in expectation; 14 or more has a chance below 1 in 10^4. */
TEST(a_fleet_that_is_often_away_crosses_no_more_often_than_its_risk)
{
	ck_assert_int_lt(cross(0.02, 0.02), 14);
	ck_assert_int_lt(cross(0.2, 0.2), 14);
	ck_assert_int_lt(cross(0.05, 0.2), 14);
}

TEST(one_that_an_update_silences_crosses)
{
	ck_assert_int_gt(cross(0.2, 0.02), 390);
}

/* ---- In the engine ---- */

struct course {
	struct plan plan;
	struct engine *g;
	int64_t device;
};

static void begin_cells(struct course *c, int32_t holdback_ppm, size_t n_hw)
{
	fixture_plan(&c->plan);
	c->plan.gate.holdback_ppm = holdback_ppm;
	c->plan.hw.n = n_hw;
	c->plan.regions.n = 1;
	c->plan.n_resumes = 0;
	c->plan.gate.hard_s = 6 * 3600;
	c->g = engine_new(&c->plan, T0_MS);
	c->device = 0;
}

static void begin_with(struct course *c, int32_t holdback_ppm)
{
	begin_cells(c, holdback_ppm, 1);
}

static void begin(struct course *c)
{
	begin_with(c, 100000);
}

static void end(struct course *c)
{
	engine_free(c->g);
	plan_fini(&c->plan);
}

/* One hour of a cell: so many trials and units, so many of each fall silent,
 * of the trials the last. */
static void hour_of(struct course *c, int cell, int64_t at_ms, int trials,
                    int silent, int units, int units_silent)
{
	for (int i = 0; i < trials; i++) {
		struct trial t = {.device = ++c->device,
		                  .attempt = 1,
		                  .cell = cell,
		                  .counted = true,
		                  .granted_ms = at_ms + i,
		                  .step_ms = at_ms + i};
		size_t at = engine_enrol(c->g, &t);

		ck_assert(engine_move(c->g, at,
		                      i < trials - silent ? TRIAL_CONFIRMED
		                                          : TRIAL_SILENT,
		                      at_ms + i));
	}
	for (int i = 0; i < units; i++) {
		engine_control_join(c->g, cell, at_ms + i);
		engine_control_end(c->g, cell, at_ms + i,
		                   i < units_silent ? TRIAL_SILENT
		                                    : TRIAL_CONFIRMED);
	}
}

static void hour(struct course *c, int64_t at_ms, int trials, int silent,
                 int units, int units_silent)
{
	hour_of(c, 0, at_ms, trials, silent, units, units_silent);
}

TEST(silence_as_among_those_kept_back_halts_nothing)
{
	struct course c;
	struct action a;

	begin(&c);
	/* 40 % are away: far above what the plan tolerates alone. */
	for (int h = 0; h < 10; h++)
		hour(&c, T0_MS + h * HOUR_MS, 50, 20, 12, 5);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_ne(a.kind, ACTION_HALT);
	/* Nor is it held for ever: nobody is overdue. */
	ck_assert_uint_eq(engine_n_holds(c.g), 0);
	end(&c);
}

TEST(a_hold_beside_control_units_is_of_those_overdue_alone_and_says_so)
{
	struct course c;
	struct hold h;

	begin(&c);
	for (int i = 0; i < 10; i++)
		hour(&c, T0_MS + i * HOUR_MS, 50, 20, 12, 5);
	/* 200 of 500 are silent; 120 more become overdue. */
	for (int i = 0; i < 120; i++) {
		struct trial t = {.device = ++c.device,
		                  .attempt = 1,
		                  .counted = true,
		                  .granted_ms = T0_MS + 10 * HOUR_MS};

		(void)engine_enrol(c.g, &t);
	}
	(void)engine_tick(c.g, T0_MS + 12 * HOUR_MS);
	ck_assert_uint_eq(engine_n_holds(c.g), 1);
	engine_hold_at(c.g, 0, &h);
	ck_assert_int_eq(h.overdue, 120);
	ck_assert_int_eq(h.silent, 0);
	ck_assert_int_le(h.bound, h.overdue + h.silent);
	end(&c);
}

TEST(silence_beyond_those_kept_back_halts_and_says_how_many)
{
	struct course c;
	struct action a;

	begin(&c);
	/* An early stage has no control units. */
	hour(&c, T0_MS - HOUR_MS, 5000, 100, 0, 0);
	for (int h = 0; h < 10; h++)
		hour(&c, T0_MS + h * HOUR_MS, 50, 20, 12, 0);
	/* Nor is who joined an hour without trials compared with anybody. */
	hour(&c, T0_MS + 10 * HOUR_MS, 0, 0, 7, 3);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert(a.evidence.silence);
	ck_assert_int_eq(a.evidence.units, 120);
	ck_assert_int_eq(a.evidence.units_silent, 0);
	ck_assert_int_eq(a.evidence.bound, -1);
	ck_assert_ptr_nonnull(strstr(
		a.text, "200 of 500 silent, 0 of 120 that were kept back"));
	ck_assert_int_eq(a.evidence.failures, 200);
	ck_assert_int_eq(a.evidence.trials, 500);
	/* Not the 100 of the early stage. */
	ck_assert_int_eq(a.evidence.first_devices[0], 5031);
	end(&c);
}

/* Each of two cells has 96 units: only together do they have 100. */
static void two_cells(struct course *c, struct action *a, int silent_b)
{
	begin_cells(c, 100000, 2);
	/* One device of the other cell was lost in the first stage. */
	hour_of(c, 1, T0_MS - HOUR_MS, 500, 1, 0, 0);
	for (int h = 0; h < 8; h++) {
		hour_of(c, 0, T0_MS + h * HOUR_MS, 50, 6, 12, 0);
		hour_of(c, 1, T0_MS + h * HOUR_MS, 50, h == 0 ? silent_b : 0,
		        12, h == 0);
	}
	(void)engine_tick(c->g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c->g, T0_MS + 20 * HOUR_MS, a);
	ck_assert_int_eq(a->kind, ACTION_HALT);
	ck_assert_int_gt(a->evidence.units, 0);
	ck_assert_str_eq(a->evidence.hw, "*");
}

TEST(who_was_compared_with_nobody_does_not_widen_a_halt_by_comparison)
{
	struct course c;
	struct action a;

	two_cells(&c, &a, 0);
	ck_assert_str_eq(a.evidence.halt_hw, "a7");
	/* The other cell's hour with a silent unit is in the sum. */
	ck_assert_int_eq(a.evidence.failures, 48);
	ck_assert_int_eq(a.evidence.trials, 450);
	ck_assert_int_eq(a.evidence.units, 108);
	ck_assert_int_eq(a.evidence.units_silent, 1);
	end(&c);
	/* Silence that is in the sum widens it, as ever. */
	two_cells(&c, &a, 1);
	ck_assert_str_eq(a.evidence.halt_hw, "*");
	ck_assert_int_eq(a.evidence.failures, 49);
	end(&c);
}

TEST(one_silent_device_among_those_compared_halts_nothing)
{
	struct course c;
	struct action a;

	begin(&c);
	c.plan.gate.alpha_silent_ppm = 400000;
	engine_free(c.g);
	c.g = engine_new(&c.plan, T0_MS);
	hour(&c, T0_MS - HOUR_MS, 1000, 1, 0, 0);
	hour(&c, T0_MS, 1, 1, 1000, 0);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_ne(a.kind, ACTION_HALT);
	hour(&c, T0_MS + HOUR_MS, 1, 1, 1000, 0);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert_int_eq(a.evidence.failures, 2);
	end(&c);
}

TEST(with_few_control_units_the_plan_s_own_bar_judges)
{
	struct course c;
	struct action a;

	begin(&c);
	for (int h = 0; h < 8; h++)
		hour(&c, T0_MS + h * HOUR_MS, 50, 20, 12, 5);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert_int_eq(a.evidence.units, 0);
	ck_assert_int_gt(a.evidence.bound, 0);
	end(&c);
}

/* Silent trials of 100 at which the plan's own bar halts, and the share of
 * the risk that it says it took. */
static int64_t bar_at(int32_t holdback_ppm, int32_t *weight_ppm)
{
	struct course c;
	struct action a;

	begin_with(&c, holdback_ppm);
	hour(&c, T0_MS, 100, 60, 0, 0);
	engine_evaluate(c.g, T0_MS + HOUR_MS, &a);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	*weight_ppm = a.evidence.weight_ppm;
	end(&c);
	return a.evidence.bound;
}

TEST(the_bar_and_the_comparison_share_the_risk_of_silence)
{
	int32_t alone_ppm, shared_ppm;

	ck_assert_int_lt(bar_at(0, &alone_ppm), bar_at(100000, &shared_ppm));
	ck_assert_int_eq(alone_ppm, 1000000);
	ck_assert_int_eq(shared_ppm, 500000);
}

TEST(units_of_an_earlier_revision_are_compared_at_half_the_risk_too)
{
	struct course c;
	struct action a;

	begin_with(&c, 0);
	for (int h = 0; h < 10; h++)
		hour(&c, T0_MS + h * HOUR_MS, 50, 20, 12, 0);
	(void)engine_tick(c.g, T0_MS + 20 * HOUR_MS);
	engine_evaluate(c.g, T0_MS + 20 * HOUR_MS, &a);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert_int_eq(a.evidence.units, 120);
	ck_assert_int_eq(a.evidence.weight_ppm, 500000);
	end(&c);
}
