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
