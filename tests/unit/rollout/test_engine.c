#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

TEST(a_new_rollout_runs_in_its_first_stage)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	ck_assert_int_eq(engine_state(r.g), ROLLOUT_RUNNING);
	ck_assert_int_eq(engine_stage(r.g), 0);
	ck_assert_uint_eq(engine_n_halted(r.g), 0);
	ASSERT_NOTHING(&r);
}

TEST(a_bad_cell_halts_alone_and_the_others_go_on)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int cell = 0; cell < 9; cell++)
		for (int i = 0; i < 10; i++)
			(void)ended(&r, cell,
			            cell == 4 ? TRIAL_REVERTED
			                      : TRIAL_CONFIRMED);
	ASSERT_HALTS(&r, "b2", "jp");
	ASSERT_NOTHING(&r);
	ck_assert(engine_cell_halted(r.g, 4));
	ck_assert_uint_eq(engine_n_halted(r.g), 1);
	ck_assert_int_eq(engine_may_grant(r.g, 4), GRANT_CELL_HALTED);
	ck_assert_int_eq(engine_may_grant(r.g, 3), GRANT_YES);
}

TEST(halts_come_one_at_a_time_the_narrowest_first)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 5; i++) {
		(void)ended(&r, 0, TRIAL_FAILED);
		(void)ended(&r, 8, TRIAL_FAILED);
	}
	ASSERT_HALTS(&r, "a7", "eu");
	ASSERT_HALTS(&r, "c1", "us");
	ASSERT_NOTHING(&r);
}

TEST(a_bad_hardware_revision_halts_in_every_region)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int cell = 0; cell < 9; cell++)
		(void)ended(&r, cell, TRIAL_CONFIRMED);
	for (int region = 0; region < 3; region++)
		(void)ended(&r, 3 + region, TRIAL_FAILED);
	ASSERT_HALTS(&r, "b2", "*");
	ck_assert_uint_eq(engine_n_halted(r.g), 3);
	ASSERT_NOTHING(&r);
}

TEST(a_halted_rollout_ignores_late_good_news)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t bad[3];

	begin(&r, 1, 1);
	for (int i = 0; i < 3; i++)
		bad[i] = ended(&r, 0, TRIAL_FAILED);
	ASSERT_HALTS(&r, "a7", "eu");
	engine_set_state(r.g, ROLLOUT_HALTED);
	for (int i = 0; i < 3; i++)
		ck_assert(!engine_move(r.g, bad[i], TRIAL_CONFIRMED, r.now));
	for (int i = 0; i < 500; i++)
		(void)ended(&r, 0, TRIAL_CONFIRMED);
	ck_assert(engine_cell_halted(r.g, 0));
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_NOT_RUNNING);
	r.now += 100 * DAY_MS;
	ASSERT_NOTHING(&r);
	ck_assert_int_eq(engine_state(r.g), ROLLOUT_HALTED);
}

TEST(a_failure_after_confirm_counts_until_the_watch_ends)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t i;

	begin(&r, 1, 1);
	i = ended(&r, 0, TRIAL_CONFIRMED);
	ck_assert(engine_move(r.g, i, TRIAL_FAILED, r.now));
	ck_assert(!engine_move(r.g, i, TRIAL_CONFIRMED, r.now));
	i = ended(&r, 0, TRIAL_CONFIRMED);
	ck_assert(engine_move(r.g, i, TRIAL_REVERTED, r.now));
	ASSERT_HALTS(&r, "a7", "eu");
	i = ended(&r, 0, TRIAL_CONFIRMED);
	engine_set_state(r.g, ROLLOUT_COMPLETED);
	ck_assert(!engine_move(r.g, i, TRIAL_FAILED, r.now));
}

TEST(a_paused_rollout_still_halts)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	(void)ended(&r, 0, TRIAL_FAILED);
	engine_set_state(r.g, ROLLOUT_PAUSED);
	(void)ended(&r, 0, TRIAL_FAILED);
	ASSERT_HALTS(&r, "a7", "eu");
}

TEST(a_halt_by_hand_takes_what_it_names)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	engine_halt(r.g, "*", "jp");
	ck_assert_uint_eq(engine_n_halted(r.g), 3);
	ck_assert(engine_cell_halted(r.g, 1) && engine_cell_halted(r.g, 4));
	engine_halt(r.g, "a7", "*");
	ck_assert_uint_eq(engine_n_halted(r.g), 5);
	engine_halt(r.g, "a7", "eu");
	ck_assert_uint_eq(engine_n_halted(r.g), 5);
	engine_halt(r.g, "*", "*");
	ck_assert_uint_eq(engine_n_halted(r.g), 9);
	ASSERT_NOTHING(&r);
}

TEST(two_of_the_first_five_halt_once_they_are_old_enough)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t first[5];

	begin(&r, 1, 1);
	for (int i = 0; i < 5; i++)
		first[i] = grant(&r, 0);
	r.now += 1000;
	for (int i = 0; i < 40; i++)
		(void)grant(&r, 0);
	ck_assert(engine_move(r.g, first[2], TRIAL_FAILED, r.now));
	ck_assert(engine_move(r.g, first[4], TRIAL_FAILED, r.now));
	/* Two of 45 do not halt … */
	ASSERT_NOTHING(&r);
	r.now = T0_MS + HOUR_MS - 1;
	ASSERT_NOTHING(&r);
	/* … but two of the first five do, when those are older than soft_s. */
	r.now = T0_MS + HOUR_MS;
	struct action a = look(&r);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert(a.evidence.prefix);
	ck_assert_int_eq(a.evidence.trials, 5);
	ck_assert_int_eq(a.evidence.failures, 2);
	ck_assert(strstr(a.text, "2 of the first 5 failed") != NULL);
}

TEST(a_device_enrolled_later_is_in_no_gate)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct cell_counts c;

	begin(&r, 1, 1);
	for (int i = 0; i < 20; i++)
		ck_assert(engine_move(r.g, enrol(&r, 0, false), TRIAL_FAILED,
		                      r.now));
	ASSERT_NOTHING(&r);
	engine_cell_counts(r.g, 0, &c);
	ck_assert_int_eq(c.uncounted, 20);
	ck_assert_int_eq(c.failed, 0);
	ck_assert_int_eq(c.trials, 0);
}

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

TEST(a_trial_is_silent_after_the_hard_deadline)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t i, later;

	begin(&r, 1, 1);
	i = grant(&r, 0);
	r.now += 1;
	later = grant(&r, 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS - 1), 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS), 1);
	ck_assert_int_eq(engine_trial(r.g, i)->step, TRIAL_SILENT);
	ck_assert_int_eq(engine_trial(r.g, i)->step_ms, T0_MS + 6 * HOUR_MS);
	ck_assert_int_eq(engine_trial(r.g, later)->step, TRIAL_GRANTED);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS + 1), 1);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 7 * HOUR_MS), 0);
}

TEST(a_clock_that_jumped_ahead_does_not_hide_those_behind_it)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	r.now = T0_MS + 10 * DAY_MS;
	(void)grant(&r, 0);
	r.now = T0_MS;
	(void)grant(&r, 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS), 1);
}

TEST(what_a_silent_device_says_later_moves_nothing)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t i;

	begin(&r, 1, 1);
	i = grant(&r, 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + DAY_MS), 1);
	ck_assert(!engine_move(r.g, i, TRIAL_CONFIRMED, T0_MS + DAY_MS));
	ck_assert(!engine_move(r.g, i, TRIAL_FAILED, T0_MS + DAY_MS));
	ck_assert_int_eq(engine_trial(r.g, i)->step, TRIAL_SILENT);
}

TEST(a_fleet_that_falls_silent_is_halted)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	for (int i = 0; i < 4; i++)
		(void)ended(&r, 0, TRIAL_CONFIRMED);
	for (int i = 0; i < 6; i++)
		(void)grant(&r, 0);
	r.now += DAY_MS;
	ck_assert_uint_eq(engine_expire(r.g, r.now), 6);
	struct action a = look(&r);
	ck_assert_int_eq(a.kind, ACTION_HALT);
	ck_assert(a.evidence.silence);
}

TEST(while_a_pause_lasts_nobody_waiting_to_activate_falls_silent)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t waits, active;

	begin(&r, 1, 1);
	waits = ended(&r, 0, TRIAL_INSTALLED);
	active = ended(&r, 0, TRIAL_ACTIVATED);
	engine_set_state(r.g, ROLLOUT_PAUSED);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 10 * HOUR_MS), 1);
	ck_assert_int_eq(engine_trial(r.g, active)->step, TRIAL_SILENT);
	ck_assert_int_eq(engine_trial(r.g, waits)->step, TRIAL_INSTALLED);
}

TEST(a_pause_lengthens_only_what_was_waiting_to_activate)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t waits, active;

	begin(&r, 1, 1);
	waits = ended(&r, 0, TRIAL_INSTALLED);
	active = ended(&r, 0, TRIAL_ACTIVATED);
	engine_add_pause(r.g, T0_MS + HOUR_MS, T0_MS + 3 * HOUR_MS);
	ck_assert_int_eq(engine_trial(r.g, waits)->stood_still_ms, 2 * HOUR_MS);
	ck_assert_int_eq(engine_trial(r.g, active)->stood_still_ms, 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS), 1);
	ck_assert_int_eq(engine_trial(r.g, active)->step, TRIAL_SILENT);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 8 * HOUR_MS - 1), 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 8 * HOUR_MS), 1);
	ck_assert_int_eq(engine_trial(r.g, waits)->step, TRIAL_SILENT);
}

TEST(a_pause_before_a_grant_does_not_lengthen_it)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	engine_add_pause(r.g, T0_MS - 10 * HOUR_MS, T0_MS);
	(void)grant(&r, 0);
	ck_assert_uint_eq(engine_expire(r.g, T0_MS + 6 * HOUR_MS), 1);
}

TEST(a_deferred_device_frees_its_slot_and_may_enrol_anew)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct cell_counts c;
	size_t i;

	begin(&r, 1, 1);
	for (int k = 0; k < 2; k++)
		(void)grant(&r, 0);
	i = ended(&r, 0, TRIAL_DOWNLOADED);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_CELL);
	ck_assert(engine_move(r.g, i, TRIAL_VOID, r.now));
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
	ck_assert_uint_eq(grant(&r, 0), 3);
	engine_cell_counts(r.g, 0, &c);
	ck_assert_int_eq(c.trials, 3);
	ck_assert_int_eq(c.open, 3);
}

TEST(counts_of_cells_add_up)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct cell_counts c, all;

	begin(&r, 3, 3);
	for (int i = 0; i < 10; i++)
		(void)ended(&r, 2, TRIAL_CONFIRMED);
	(void)ended(&r, 2, TRIAL_FAILED);
	(void)ended(&r, 2, TRIAL_SILENT);
	(void)ended(&r, 2, TRIAL_VOID);
	(void)grant(&r, 7);
	(void)enrol(&r, 7, false);
	engine_cell_counts(r.g, 2, &c);
	ck_assert_int_eq(c.trials, 11);
	ck_assert_int_eq(c.confirmed, 10);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(c.silent, 1);
	ck_assert_int_eq(c.open, 0);
	ck_assert_int_eq(c.bound, 4);
	engine_counts(r.g, &all);
	ck_assert_int_eq(all.trials, 12);
	ck_assert_int_eq(all.open, 1);
	ck_assert_int_eq(all.uncounted, 1);
	ck_assert_int_eq(all.bound, 4);
	ck_assert(!all.halted);
}

/* 20 confirmed in stage 0, and its soak and the next date are over. */
static void ready(struct rig *r)
{
	begin(r, 3, 3);
	for (int i = 0; i < 20; i++)
		(void)ended(r, i % 9, TRIAL_CONFIRMED);
	r->now = T0_MS + DAY_MS;
}

TEST(a_good_rollout_goes_from_stage_to_stage_and_completes)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char waits[240];

	ready(&r);
	for (int stage = 1; stage <= 2; stage++) {
		struct action a = look(&r);

		ck_assert_int_eq(a.kind, ACTION_PROMOTE);
		ck_assert_int_eq(a.to_stage, stage);
		engine_set_stage(r.g, stage, r.now);
		ASSERT_NOTHING(&r);
		engine_waits_for(r.g, r.now, waits, sizeof(waits));
		ck_assert(strstr(waits, "until") != NULL);
		r.now += DAY_MS;
	}
	ck_assert_int_eq(look(&r).kind, ACTION_COMPLETE);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "");
	engine_set_state(r.g, ROLLOUT_COMPLETED);
	ASSERT_NOTHING(&r);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "nothing: it is completed");
}

TEST(a_pending_halt_comes_before_promotion)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char waits[240];

	ready(&r);
	for (int i = 0; i < 5; i++)
		(void)ended(&r, 0, TRIAL_FAILED);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "a halt to be carried out");
	ASSERT_HALTS(&r, "a7", "eu");
	/* Cells 1 to 8 confirmed 17 of 20. */
	ASSERT_NOTHING(&r);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "17 of 20 confirmed, at the latest "
	                        "2026-11-27T01:00:00Z");
	for (int i = 0; i < 3; i++)
		(void)ended(&r, 8, TRIAL_CONFIRMED);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(a_paused_rollout_is_not_promoted)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char waits[240];

	ready(&r);
	engine_set_state(r.g, ROLLOUT_PAUSED);
	ASSERT_NOTHING(&r);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "nothing: it is paused");
	engine_set_state(r.g, ROLLOUT_RUNNING);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(confirmed_devices_that_joined_later_do_not_promote)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 50; i++)
		ck_assert(engine_move(r.g, enrol(&r, 0, false), TRIAL_CONFIRMED,
		                      r.now));
	r.now = T0_MS + DAY_MS;
	ASSERT_NOTHING(&r);
}

TEST(a_small_fleet_is_promoted_by_all_it_has)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 4; i++)
		(void)ended(&r, i, TRIAL_CONFIRMED);
	r.now = T0_MS + DAY_MS;
	engine_set_reach(r.g, 0, 5);
	ASSERT_NOTHING(&r);
	engine_set_reach(r.g, 0, 4);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(an_operator_promotes_where_the_plan_says_by_hand)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	ready(&r);
	r.plan.gate.promote_by_hand = true;
	ASSERT_NOTHING(&r);
	engine_promote_by_hand(r.g, 1);
	ck_assert_int_eq(look(&r).to_stage, 1);
	engine_set_stage(r.g, 1, r.now);
	r.now += DAY_MS;
	ASSERT_NOTHING(&r);
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
