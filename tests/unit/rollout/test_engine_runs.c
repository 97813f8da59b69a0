#include "config.h"

#include "lib/base/rng.h"
#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

/* Whole rollouts: replayed, simulated, and large. */

/* The rows as a database would hold them, into a fresh engine. */
static struct engine *replay(const struct rig *r)
{
	struct engine *g = engine_new(&r->plan, T0_MS);

	engine_set_stage(g, engine_stage(r->g), T0_MS);
	engine_set_state(g, engine_state(r->g));
	for (size_t i = 0; i < engine_n_trials(r->g); i++)
		(void)engine_enrol(g, engine_trial(r->g, i));
	for (int c = 0; c < (int)plan_n_cells(&r->plan); c++) {
		struct cell cell = plan_cell_at(&r->plan, c);

		if (engine_cell_halted(r->g, c))
			engine_halt(g, cell.hw, cell.region);
	}
	(void)engine_tick(g, r->now);
	return g;
}

static void assert_alike(const struct rig *r, uint64_t seed)
{
	SCOPED(engine_free)
	struct engine *g = replay(r);
	struct action a, b;

	(void)engine_tick(r->g, r->now);
	engine_evaluate(r->g, r->now, &a);
	engine_evaluate(g, r->now, &b);
	ck_assert_msg(a.kind == b.kind && strcmp(a.text, b.text) == 0,
	              "seed %d: '%s', replayed '%s'", (int)seed, a.text,
	              b.text);
	ck_assert_int_eq(a.evidence.first_devices[0],
	                 b.evidence.first_devices[0]);
	for (int c = 0; c < (int)plan_n_cells(&r->plan); c++) {
		struct cell_counts m, n;

		ck_assert_int_eq(engine_may_grant(r->g, c),
		                 engine_may_grant(g, c));
		ck_assert_int_eq(engine_cell_held(r->g, c),
		                 engine_cell_held(g, c));
		engine_cell_counts(r->g, c, &m);
		engine_cell_counts(g, c, &n);
		ck_assert_int_eq(m.trials, n.trials);
		ck_assert_int_eq(m.open, n.open);
		ck_assert_int_eq(m.overdue, n.overdue);
		ck_assert_int_eq(m.confirmed, n.confirmed);
		ck_assert_int_eq(m.failed, n.failed);
		ck_assert_int_eq(m.silent, n.silent);
	}
}

TEST(rows_replayed_in_order_give_the_same_verdicts)
{
	struct rng_seeded rng;
	int halts = 0, held = 0;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		SCOPED(rig_fini)
		struct rig r = {0};

		rng_seeded_init(&rng, seed);
		begin(&r, 1 + rng_below(&rng.rng, 3),
		      1 + rng_below(&rng.rng, 3));
		int cells = (int)plan_n_cells(&r.plan);
		for (int step = 0; step < 300; step++) {
			size_t n = engine_n_trials(r.g);
			struct action a;

			r.now += (int64_t)rng_below(&rng.rng, 600000);
			if (n == 0 || rng_below(&rng.rng, 2) == 0)
				(void)enrol(&r,
				            (int)rng_below(&rng.rng,
				                           (uint64_t)cells),
				            rng_below(&rng.rng, 5) != 0);
			else
				(void)engine_move(r.g, rng_below(&rng.rng, n),
				                  (enum trial_step)rng_below(
							  &rng.rng, 11),
				                  r.now);
			if (rng_below(&rng.rng, 20) == 0)
				(void)engine_expire(r.g, r.now);
			if (n > 0 && rng_below(&rng.rng, 3) == 0)
				engine_told_poll(
					r.g, rng_below(&rng.rng, n),
					(int64_t)rng_below(&rng.rng, 1000));
			if (rng_below(&rng.rng, 10) == 0)
				(void)engine_tick(r.g, r.now);
			held += engine_cell_held(r.g, 0);
			a = look(&r);
			if (a.kind == ACTION_HALT &&
			    rng_below(&rng.rng, 2) == 0) {
				engine_halt(r.g, a.evidence.halt_hw,
				            a.evidence.halt_region);
				halts++;
			}
			if (step % 10 == 0)
				assert_alike(&r, seed);
		}
	}
	ck_assert_int_gt(halts, 30);
	ck_assert_int_gt(held, 100);
}

TEST(halts_restored_before_the_rows_or_after_are_the_same)
{
	SCOPED(rig_fini)
	struct rig r = {0}, q = {0};

	begin(&r, 3, 3);
	begin(&q, 3, 3);
	engine_halt(q.g, "a7", "eu");
	for (int i = 0; i < 4; i++) {
		(void)ended(&r, 0, TRIAL_FAILED);
		(void)ended(&q, 0, TRIAL_FAILED);
	}
	(void)ended(&r, 1, TRIAL_FAILED);
	(void)ended(&q, 1, TRIAL_FAILED);
	engine_halt(r.g, "a7", "eu");
	ASSERT_NOTHING(&r);
	ASSERT_NOTHING(&q);
	(void)ended(&r, 2, TRIAL_FAILED);
	(void)ended(&q, 2, TRIAL_FAILED);
	ASSERT_HALTS(&r, "a7", "*");
	ASSERT_HALTS(&q, "a7", "*");
}

/* A stage of `per_cell` devices in each of nine cells, ten in flight, whose
 * outcomes come in a random order; each device fails with the chance of its
 * cell. Returns the halts, and how many of them had no sick cell failing. */
static int live(uint64_t seed, int per_cell, const uint32_t fail_ppm[9],
                int *out_false)
{
	struct rng_seeded rng;
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[10], n_open = 0;
	int left = 9 * per_cell, halts = 0;

	*out_false = 0;
	rng_seeded_init(&rng, seed);
	begin(&r, 3, 3);
	while (left > 0 || n_open > 0) {
		struct action a;

		if (left > 0 && n_open < 10) {
			int cell = left-- % 9;

			if (!engine_cell_halted(r.g, cell))
				open[n_open++] = grant(&r, cell);
			continue;
		}
		size_t k = rng_below(&rng.rng, n_open), i = open[k];
		int cell = engine_trial(r.g, i)->cell;
		open[k] = open[--n_open];
		(void)engine_move(r.g, i,
		                  rng_below(&rng.rng, PPM) < fail_ppm[cell]
		                          ? TRIAL_FAILED
		                          : TRIAL_CONFIRMED,
		                  ++r.now);
		for (a = look(&r); a.kind == ACTION_HALT; a = look(&r)) {
			bool sick = false;

			for (size_t d = 0; d < engine_n_trials(r.g); d++) {
				const struct trial *t = engine_trial(r.g, d);
				struct cell c = plan_cell_at(&r.plan, t->cell);
				struct cell h;

				word_set(h.hw, a.evidence.halt_hw);
				word_set(h.region, a.evidence.halt_region);
				sick |= trial_is_failure(t->step) &&
				        !engine_cell_halted(r.g, t->cell) &&
				        fail_ppm[t->cell] > 20000 &&
				        cells_match(&h, 1, c.hw, c.region);
			}
			halts++;
			*out_false += !sick;
			engine_halt(r.g, a.evidence.halt_hw,
			            a.evidence.halt_region);
		}
	}
	return halts;
}

TEST(nine_cells_as_healthy_as_tolerated_are_seldom_halted)
{
	/* Every cell at p0 exactly, the worst healthy fleet: over all looks
	 * and all 16 scopes at most α = 5 % of rollouts halt anything. Fixed
	 * seeds. */
	static const uint32_t healthy[9] = {20000, 20000, 20000, 20000, 20000,
	                                    20000, 20000, 20000, 20000};
	int halted = 0, wrong;

	for (uint64_t seed = 1; seed <= 400; seed++)
		halted += live(seed, 60, healthy, &wrong) > 0;
	ck_assert_int_le(halted, 400 * 5 / 100);
}

TEST(a_sick_cell_is_found_and_its_neighbours_are_not_blamed)
{
	static const uint32_t sick[9] = {20000, 20000, 20000, 20000, 300000,
	                                 20000, 20000, 20000, 20000};
	int found = 0, blamed = 0, wrong;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		found += live(seed, 60, sick, &wrong) > 0;
		blamed += wrong > 0;
	}
	ck_assert_int_ge(found, 396);
	ck_assert_int_le(blamed, 400 * 5 / 100);
}

TEST(a_hundred_thousand_trials_with_a_look_at_each_are_quick)
{
	/* Quadratic work would run into the test's time limit. */
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 100000; i++) {
		size_t t = grant(&r, i % 9);

		r.now += 10;
		(void)engine_move(
			r.g, t, i % 100 == 99 ? TRIAL_FAILED : TRIAL_CONFIRMED,
			r.now);
		(void)engine_expire(r.g, r.now);
		ck_assert_int_ne(look(&r).kind, ACTION_HALT);
	}
}
