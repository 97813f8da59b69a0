#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/forecast.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <math.h>

/* The fixture's plan: 1 % and 10 % a day apart, then all, watched for two
 * days; 3 × 3 cells of 300 devices that poll hourly. */
#define CELLS 9
#define DEVICES 300
#define HOUR_MS INT64_C(3600000)

struct scene {
	struct plan plan;
	struct fleet fleet;
	struct fleet_cell cells[CELLS];
	struct course course;
};

static void scene_fini(struct scene *s)
{
	course_fini(&s->course);
	plan_fini(&s->plan);
}
DEFINE_SCOPED_PLACE(scene_fini, struct scene)

static void begin(struct scene *s, int32_t fail_ppm, int32_t brick_ppm,
                  int32_t silent_ppm)
{
	*s = (struct scene){.fleet = {.cells = s->cells,
	                              .devices = CELLS * DEVICES,
	                              .download_s = 600,
	                              .boot_s = 300}};
	fixture_plan(&s->plan);
	s->plan.stages[2].soak_s = 2 * FIXTURE_DAY_S;
	for (size_t i = 0; i < CELLS; i++)
		s->cells[i] = (struct fleet_cell){.devices = DEVICES,
		                                  .poll_s = 3600,
		                                  .fail_ppm = fail_ppm,
		                                  .brick_ppm = brick_ppm,
		                                  .silent_ppm = silent_ppm};
}

static void go(struct scene *s, uint64_t seed)
{
	struct rng_seeded rng;

	rng_seeded_init(&rng, seed);
	course_run(&s->course, &s->plan, &s->fleet, &rng.rng);
}

static int64_t sum_failed(const struct course *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < CELLS; i++)
		n += c->cells[i].failed;
	return n;
}

static int64_t sum_exposed(const struct course *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < CELLS; i++)
		n += c->cells[i].exposed;
	return n;
}

TEST(what_harms_nobody_reaches_everybody_on_its_dates)
{
	SCOPED(scene_fini)
	struct scene s;

	begin(&s, 0, 0, 0);
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_COMPLETED);
	ck_assert_int_eq(sum_failed(&s.course), 0);
	for (size_t i = 0; i < CELLS; i++) {
		ck_assert_int_eq(s.course.cells[i].exposed, DEVICES);
		ck_assert_int_eq(s.course.cells[i].halt_ms, -1);
	}
	ck_assert_int_eq(s.course.stage_ms[0], 0);
	ck_assert_int_eq(s.course.stage_ms[1], 24 * HOUR_MS);
	ck_assert_int_eq(s.course.stage_ms[2], 48 * HOUR_MS);
	ck_assert_int_eq(s.course.end_ms, 96 * HOUR_MS);
}

TEST(who_is_kept_back_starts_nothing_and_nobody_waits_for_him)
{
	SCOPED(scene_fini)
	struct scene s;
	int64_t all = CELLS * DEVICES;

	begin(&s, 0, 0, 0);
	s.plan.gate.holdback_ppm = 200000;
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_COMPLETED);
	ck_assert_int_gt(sum_exposed(&s.course), all * 75 / 100);
	ck_assert_int_lt(sum_exposed(&s.course), all * 85 / 100);
	ck_assert_double_eq_tol(forecast_reach(&s.plan, &s.fleet, 2),
	                        (double)all * 0.8, 1e-6);
	ck_assert_int_eq(s.course.end_ms, 96 * HOUR_MS);
}

TEST(what_breaks_all_is_over_within_the_first_caps)
{
	/* Nothing confirms, so 10 are open at most, 3 in a cell, and what was
	 * open when others failed may fail too. */
	for (uint64_t seed = 1; seed <= 20; seed++) {
		SCOPED(scene_fini)
		struct scene s;

		begin(&s, PPM, 0, 0);
		go(&s, seed);
		ck_assert_int_eq(s.course.state, ROLLOUT_HALTED);
		ck_assert_int_eq(sum_failed(&s.course), sum_exposed(&s.course));
		ck_assert_int_le(sum_failed(&s.course), 20);
		for (size_t i = 0; i < CELLS; i++)
			ck_assert_int_ge(s.course.cells[i].halt_ms, 0);
	}
}

TEST(a_peer_counts_each_stage_for_itself_and_stops_everything)
{
	struct peer_terms terms = {.kind = RULE_HAWKBIT, .p0_ppm = 500000};
	struct rng_seeded rng;

	/* Three of ten are below half of every group, of all of them together
	 * many times the first group. */
	for (int32_t fail_ppm = 300000; fail_ppm <= 700000;
	     fail_ppm += 400000) {
		SCOPED(scene_fini)
		struct scene s;
		bool stops = fail_ppm > terms.p0_ppm;

		begin(&s, fail_ppm, 0, 0);
		rng_seeded_init(&rng, 1);
		course_run_peer(&s.course, &s.plan, &s.fleet, &terms, &rng.rng);
		ck_assert_int_eq(s.course.state,
		                 stops ? ROLLOUT_HALTED : ROLLOUT_COMPLETED);
		for (int i = 0; i < CELLS; i++)
			ck_assert((s.course.cells[i].halt_ms >= 0) == stops);
		ck_assert((s.course.stages[2].exposed > 0) == !stops);
	}
}

TEST(a_fault_of_one_cell_halts_that_cell_alone)
{
	SCOPED(scene_fini)
	struct scene s;
	int sick;

	begin(&s, 0, 0, 0);
	sick = plan_cell_index(&s.plan, "b2", "jp");
	s.cells[sick].fail_ppm = 300000;
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_COMPLETED);
	for (int i = 0; i < CELLS; i++) {
		const struct course_cell *c = &s.course.cells[i];

		ck_assert((c->halt_ms >= 0) == (i == sick));
		ck_assert((c->failed > 0) == (i == sick));
		ck_assert((c->exposed == DEVICES) == (i != sick));
	}
}

TEST(what_was_under_way_in_a_halted_cell_does_not_activate)
{
	/* Downloads take hours and a verdict seconds: a ninth of a quarter of
	 * α halts at 4 failures of 10, and what was granted beside them asks
	 * in vain. */
	for (uint64_t seed = 1; seed <= 20; seed++) {
		SCOPED(scene_fini)
		struct scene s;

		begin(&s, 0, 0, 0);
		s.fleet.download_s = 7000;
		s.fleet.boot_s = 1;
		s.cells[4].fail_ppm = PPM;
		go(&s, seed);
		ck_assert_int_ge(s.course.cells[4].halt_ms, 0);
		ck_assert_int_le(s.course.cells[4].exposed, 4);
	}
}

TEST(devices_that_never_speak_again_are_found_by_the_deadline)
{
	SCOPED(scene_fini)
	struct scene s;

	/* Ten slots, and not one is free again before hard_s, 6 h. */
	begin(&s, 0, PPM, 0);
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_HALTED);
	ck_assert_int_le(sum_failed(&s.course), 10);
	for (size_t i = 0; i < CELLS; i++)
		ck_assert_int_ge(s.course.cells[i].halt_ms, 6 * HOUR_MS);
}

TEST(who_falls_silent_by_nature_is_not_harmed_and_not_waited_for_forever)
{
	SCOPED(scene_fini)
	struct scene s;

	begin(&s, 0, 0, 20000);
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_COMPLETED);
	ck_assert_int_eq(sum_failed(&s.course), 0);
	/* 2 % of 2700, five standard deviations. */
	ck_assert_int_lt(sum_exposed(&s.course), 2700 - 54 + 37);
	ck_assert_int_gt(sum_exposed(&s.course), 2700 - 54 - 37);
}

TEST(a_plan_that_nobody_promotes_ends_in_its_first_stage)
{
	SCOPED(scene_fini)
	struct scene s;

	begin(&s, 0, 0, 0);
	s.plan.gate.promote_by_hand = true;
	go(&s, 1);
	ck_assert_int_eq(s.course.state, ROLLOUT_RUNNING);
	ck_assert_int_eq(s.course.stage_ms[1], -1);
	ck_assert_int_eq(s.course.end_ms, 30 * 24 * HOUR_MS);
	/* 1 % of 2700, five standard deviations. */
	ck_assert_int_gt(sum_exposed(&s.course), 0);
	ck_assert_int_lt(sum_exposed(&s.course), 27 + 26);
}

TEST(a_larger_share_for_a_cell_is_kept_to)
{
	SCOPED(scene_fini)
	struct scene s;
	int large;

	begin(&s, 0, 0, 0);
	large = plan_cell_index(&s.plan, "a7", "eu");
	s.plan.gate.promote_by_hand = true;
	s.plan.stages[0].cells = xcalloc(1, sizeof(struct plan_cell));
	s.plan.stages[0].n_cells = 1;
	s.plan.stages[0].cells[0] = (struct plan_cell){
		.cell = plan_cell_at(&s.plan, large), .ppm = PPM};
	go(&s, 1);
	ck_assert_int_eq(s.course.cells[large].exposed, DEVICES);
}

TEST(a_forecast_adds_up_what_single_rollouts_did)
{
	enum { RUNS = 20 };
	SCOPED(scene_fini)
	struct scene s;
	SCOPED(forecast_fini)
	struct forecast f = {0};
	double wanted = CELLS * DEVICES * 0.005;

	begin(&s, 5000, 0, 0);
	forecast_run(&f, &s.plan, &s.fleet, NULL, RUNS, 1);
	ck_assert_int_eq(f.halted, 0);
	ck_assert_int_eq(f.misjudged, 0);
	ck_assert_int_eq(f.completed, RUNS);
	ck_assert_int_eq(f.stages[2].after_h.n, RUNS);
	ck_assert_double_eq(f.exposed.mean, CELLS * DEVICES);
	ck_assert_double_eq_tol(f.finish_h.mean, 96, 1);
	/* Binomial; five standard errors, one in two million by chance. */
	ck_assert_double_eq_tol(f.failed.mean, wanted, 5 * sqrt(wanted / RUNS));
}

TEST(a_halt_of_the_sick_is_not_a_false_one)
{
	SCOPED(scene_fini)
	struct scene s;
	SCOPED(forecast_fini)
	struct forecast f = {0};

	begin(&s, 0, 0, 0);
	s.cells[4].fail_ppm = 500000;
	forecast_run(&f, &s.plan, &s.fleet, NULL, 5, 1);
	ck_assert_int_eq(f.halted, 5);
	ck_assert_int_eq(f.misjudged, 0);
	ck_assert_int_eq(f.cells[4].halts, 5);
	ck_assert_int_eq(f.cells[3].halts, 0);
	ck_assert(!forecast_is_healthy(&s.plan, &s.cells[4]));
	ck_assert(forecast_is_healthy(&s.plan, &s.cells[3]));
	s.cells[3].silent_ppm = s.plan.gate.p_silent_ppm + 1;
	ck_assert(!forecast_is_healthy(&s.plan, &s.cells[3]));
}

/* ---- What holds and caution are for ---- */

static double mean_failed(int32_t fail_ppm, int32_t brick_ppm, int runs,
                          int *held)
{
	int64_t failed = 0;

	*held = 0;
	for (int seed = 1; seed <= runs; seed++) {
		SCOPED(scene_fini)
		struct scene s;

		begin(&s, fail_ppm, brick_ppm, 50000);
		go(&s, (uint64_t)seed);
		ck_assert_int_eq(s.course.state, ROLLOUT_HALTED);
		failed += sum_failed(&s.course);
		*held += s.course.held_ms > 0;
	}
	return (double)failed / runs;
}

TEST(what_a_release_bricks_without_a_word_is_held_before_it_is_many)
{
	int held;

	/* 2700 devices, 30 % bricked, one in twenty silent by nature: 10 or
	 * so on average. */
	ck_assert_double_lt(mean_failed(0, 300000, 60, &held), 14);
	ck_assert_int_ge(held, 55);
}

TEST(what_fails_everywhere_is_met_with_caution)
{
	int held;

	/* 10 % failing, quarters of α: 9 or so on average. */
	ck_assert_double_lt(mean_failed(100000, 0, 100, &held), 11.5);
}

TEST(a_healthy_rollout_is_not_on_hold)
{
	for (uint64_t seed = 1; seed <= 5; seed++) {
		SCOPED(scene_fini)
		struct scene s;

		begin(&s, 10000, 0, 50000);
		go(&s, seed);
		ck_assert_int_eq(s.course.state, ROLLOUT_COMPLETED);
		ck_assert_int_eq(s.course.held_ms, 0);
	}
}
