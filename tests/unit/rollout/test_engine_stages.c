/*
 * From stage to stage, and to the end.
 */
#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

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
