/*
 * Deadlines: who falls silent, and for whom time stands still.
 */
#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

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
