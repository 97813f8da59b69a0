/*
 * How many attempts are open at a time: of the rollout, of a cell, of a batch.
 */
#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

TEST(at_most_ten_are_open_before_anything_confirmed)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(engine_may_grant(r.g, i % 9), GRANT_YES);
		(void)grant(&r, i % 9);
	}
	ck_assert_int_eq(engine_may_grant(r.g, 5), GRANT_CAP_ROLLOUT);
}

TEST(at_most_three_are_open_in_a_cell_before_anything_confirmed)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
		(void)grant(&r, 0);
	}
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_CELL);
	ck_assert_int_eq(engine_may_grant(r.g, 1), GRANT_YES);
}

TEST(the_caps_grow_with_what_confirmed)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	for (int i = 0; i < 25; i++)
		(void)ended(&r, 0, TRIAL_CONFIRMED);
	for (int i = 0; i < 25; i++) {
		ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
		(void)grant(&r, 0);
	}
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_ROLLOUT);
}

TEST(in_flight_is_above_all_caps)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	r.plan.gate.in_flight = 30;
	for (int i = 0; i < 100; i++)
		(void)ended(&r, 0, TRIAL_CONFIRMED);
	for (int i = 0; i < 30; i++)
		(void)grant(&r, 0);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_FLIGHT);
}

TEST(later_devices_take_slots_but_do_not_raise_a_cap)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	for (int i = 0; i < 50; i++)
		ck_assert(engine_move(r.g, enrol(&r, 0, false), TRIAL_CONFIRMED,
		                      r.now));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
		(void)enrol(&r, 0, i % 2 == 0);
	}
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_CELL);
}

TEST(open_grants_of_a_halted_cell_leave_the_rollouts_cap)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[3];

	begin(&r, 3, 3);
	for (int i = 0; i < 10; i++) {
		size_t t = grant(&r, i < 3 ? 0 : 1 + i % 8);

		if (i < 3)
			open[i] = t;
	}
	ck_assert_int_eq(engine_may_grant(r.g, 5), GRANT_CAP_ROLLOUT);
	engine_halt(r.g, "a7", "eu");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(engine_may_grant(r.g, 3), GRANT_YES);
		(void)grant(&r, 3);
		ck_assert(engine_move(r.g, open[i], TRIAL_FAILED, r.now));
	}
	ck_assert_int_eq(engine_may_grant(r.g, 6), GRANT_CAP_ROLLOUT);
}

TEST(only_a_running_rollout_grants)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	for (int s = ROLLOUT_PAUSED; s <= ROLLOUT_SUPERSEDED; s++) {
		engine_set_state(r.g, (enum rollout_state)s);
		ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_NOT_RUNNING);
	}
	ck_assert_str_eq(grant_why_code(GRANT_NOT_RUNNING), "not_running");
}

static size_t grant_of(struct rig *r, int cell, int64_t batch, bool counted)
{
	struct trial t = {.device = ++r->devices,
	                  .batch = batch,
	                  .attempt = 1,
	                  .cell = cell,
	                  .counted = counted,
	                  .granted_ms = r->now,
	                  .step_ms = r->now};

	return engine_enrol(r->g, &t);
}

TEST(what_a_batch_holds_is_counted_as_trials_move)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t first, second;

	begin(&r, 1, 2);
	ck_assert_int_eq(engine_batch_open(r.g, 7), 0);
	first = grant_of(&r, 0, 7, true);
	second = grant_of(&r, 0, 7, true);
	(void)grant_of(&r, 1, 7, false);
	(void)grant_of(&r, 0, 8, true);
	ck_assert_int_eq(engine_batch_open(r.g, 7), 3);
	ck_assert_int_eq(engine_batch_trials(r.g, 0, 7), 2);
	ck_assert_int_eq(engine_batch_trials(r.g, 1, 7), 0);
	ck_assert_int_eq(engine_batch_trials(r.g, 0, 8), 1);
	ck_assert(engine_move(r.g, first, TRIAL_CONFIRMED, r.now));
	ck_assert(engine_move(r.g, second, TRIAL_VOID, r.now));
	ck_assert_int_eq(engine_batch_open(r.g, 7), 1);
	ck_assert_int_eq(engine_batch_trials(r.g, 0, 7), 1);
	ck_assert(engine_move(r.g, first, TRIAL_FAILED, r.now));
	ck_assert_int_eq(engine_batch_trials(r.g, 0, 7), 1);
}

TEST(a_halted_cell_frees_the_slots_of_its_batches)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t halted;

	begin(&r, 1, 2);
	halted = grant_of(&r, 0, 7, true);
	(void)grant_of(&r, 1, 7, true);
	engine_halt(r.g, r.plan.hw.w[0], r.plan.regions.w[0]);
	ck_assert_int_eq(engine_batch_open(r.g, 7), 1);
	ck_assert(engine_move(r.g, halted, TRIAL_FAILED, r.now));
	ck_assert_int_eq(engine_batch_open(r.g, 7), 1);
}

TEST(many_batches_in_many_cells_are_told_apart)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int64_t i = 0; i < 900; i++)
		(void)grant_of(&r, (int)(i % 9), i % 100, true);
	for (int64_t batch = 0; batch < 100; batch++) {
		int64_t trials = 0;

		ck_assert_int_eq(engine_batch_open(r.g, batch), 9);
		for (int cell = 0; cell < 9; cell++)
			trials += engine_batch_trials(r.g, cell, batch);
		ck_assert_int_eq(trials, 9);
	}
}
