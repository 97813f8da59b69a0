#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

/* Caution, and promotion by evidence. */

/* n of them, in cell 0. */
static void some(struct rig *r, int n, enum trial_step step)
{
	for (int i = 0; i < n; i++)
		(void)ended(r, 0, step);
}

/* How many more may be open now; up to 100. */
static int room(struct rig *r)
{
	int n = 0;

	while (n < 100 && engine_may_grant(r->g, 0) == GRANT_YES) {
		(void)grant(r, 0);
		n++;
	}
	return n;
}

TEST(what_does_not_fail_meets_no_caution)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	some(&r, 60, TRIAL_CONFIRMED);
	ck_assert_int_eq(room(&r), 60);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_ROLLOUT);
}

TEST(what_fails_as_often_as_tolerated_is_hardly_slowed)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	/* 1 of 100; the cap is 99. */
	begin(&r, 1, 1);
	some(&r, 99, TRIAL_CONFIRMED);
	some(&r, 1, TRIAL_FAILED);
	ck_assert_int_ge(room(&r), 90);
}

TEST(failures_let_fewer_be_open)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char why[240];

	/* 3 of 30, one cell: 4 halt. 4 · 3 / 30 · open ≤ 4 - 3. */
	begin(&r, 1, 1);
	some(&r, 27, TRIAL_CONFIRMED);
	engine_caution(r.g, 0, why, sizeof(why));
	ck_assert_str_eq(why, "");
	some(&r, 3, TRIAL_FAILED);
	ck_assert_int_eq(room(&r), 2);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAUTION);
	ck_assert_str_eq(grant_why_code(GRANT_CAUTION), "caution");
	engine_caution(r.g, 0, why, sizeof(why));
	ck_assert_str_eq(why, "a7/eu: 3 of 30 failed so far, with 2 open no "
	                      "more may start");
}

TEST(one_may_always_be_open)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	some(&r, 1, TRIAL_FAILED);
	ck_assert_int_eq(room(&r), 1);
	some(&r, 40, TRIAL_CONFIRMED);
	some(&r, 3, TRIAL_SILENT);
	ck_assert_int_ge(room(&r), 1);
}

TEST(any_scope_of_a_cell_may_be_cautious)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char why[240];

	/* One failure in each of three cells: too many for all together. */
	begin(&r, 3, 3);
	for (int cell = 0; cell < 9; cell++) {
		for (int i = 0; i < 4; i++)
			(void)ended(&r, cell, TRIAL_CONFIRMED);
		if (cell % 4 == 0)
			(void)ended(&r, cell, TRIAL_FAILED);
	}
	for (int cell = 1; cell < 9; cell++)
		if (engine_may_grant(r.g, cell) == GRANT_YES)
			(void)grant(&r, cell);
	ck_assert_int_eq(engine_may_grant(r.g, 1), GRANT_CAUTION);
	engine_caution(r.g, 1, why, sizeof(why));
	ck_assert(strstr(why, "all cells: 3 of 39 failed") != NULL);
}

TEST(silence_is_met_with_caution_too)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char why[240];

	begin(&r, 1, 1);
	some(&r, 14, TRIAL_CONFIRMED);
	some(&r, 4, TRIAL_SILENT);
	ck_assert_int_lt(room(&r), 14);
	engine_caution(r.g, 0, why, sizeof(why));
	ck_assert(strstr(why, "4 of 18 silent or overdue") != NULL);
}

TEST(an_overdue_trial_is_not_waited_for_by_caution)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	some(&r, 1, TRIAL_FAILED);
	(void)grant(&r, 0);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAUTION);
	(void)engine_tick(r.g, T0_MS + HOUR_MS);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
}

TEST(caution_looks_at_what_is_left_after_a_halt)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	for (int i = 0; i < 2; i++)
		(void)ended(&r, 0, TRIAL_FAILED);
	(void)grant(&r, 4);
	ck_assert_int_eq(engine_may_grant(r.g, 8), GRANT_CAUTION);
	engine_halt(r.g, "a7", "eu");
	ck_assert_int_eq(engine_may_grant(r.g, 8), GRANT_YES);
}

/* ---- Promotion by evidence: the fixture's p1 = 2 %, β = 5 % ---- */

#define HARD_MS (6 * HOUR_MS)

/* n confirmed in stage 0 of so many devices; soak and date are over. */
static void stage_of(struct rig *r, int64_t devices, int n)
{
	begin(r, 1, 1);
	r->plan.stages[0].soak_s = r->plan.stages[1].soak_s = 60;
	r->plan.stages[1].not_before_s = FIXTURE_T0_S;
	engine_set_reach(r->g, 0, devices);
	some(r, n, TRIAL_CONFIRMED);
	r->now = T0_MS + HOUR_MS;
	(void)engine_tick(r->g, r->now);
}

static void later(struct rig *r, int64_t ms)
{
	r->now += ms;
	(void)engine_expire(r->g, r->now);
	(void)engine_tick(r->g, r->now);
}

static void assert_waits(const struct rig *r, const char *what)
{
	char waits[240];

	ASSERT_NOTHING(r);
	engine_waits_for(r->g, r->now, waits, sizeof(waits));
	ck_assert_msg(strstr(waits, what) != NULL, "%s", waits);
}

TEST(a_stage_that_can_be_judged_is_promoted_by_evidence)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 200, 183);
	assert_waits(&r, "0 of 184 judged (granted 21600 s ago) with 0 failed");
	(void)ended(&r, 0, TRIAL_CONFIRMED);
	later(&r, HARD_MS - HOUR_MS);
	assert_waits(&r, "183 of 184 judged");
	later(&r, HOUR_MS - 1);
	assert_waits(&r, "183 of 184 judged");
	later(&r, 1);
	struct action a = look(&r);
	ck_assert_int_eq(a.kind, ACTION_PROMOTE);
	ck_assert(strstr(a.text, "0 of 184 judged failed") != NULL);
}

TEST(a_stage_too_small_to_be_judged_is_promoted_by_its_soak)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 183, 30);
	struct action a = look(&r);
	ck_assert_int_eq(a.kind, ACTION_PROMOTE);
	ck_assert(strstr(a.text, "too few devices to judge, it takes 184 with "
	                         "0 failed") != NULL);
	engine_set_reach(r.g, 0, 184);
	assert_waits(&r, "0 of 184 judged");
}

TEST(failures_raise_the_bar_and_may_put_it_out_of_reach)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 326, 250);
	assert_waits(&r, "0 of 184 judged");
	some(&r, 1, TRIAL_FAILED);
	/* One failed takes 327, and there are 326. */
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
	engine_set_reach(r.g, 0, 327);
	assert_waits(&r, "0 of 184 judged");
}

TEST(silent_devices_are_left_out_of_the_bar)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 190, 180);
	for (int i = 0; i < 6; i++)
		(void)grant(&r, 0);
	assert_waits(&r, "0 of 184 judged");
	later(&r, HARD_MS);
	/* 180 judged, six silent: 184 of 190 is still possible … */
	assert_waits(&r, "180 of 184 judged");
	/* … and with a seventh silent it is not. */
	(void)ended(&r, 0, TRIAL_SILENT);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(an_open_trial_older_than_the_deadline_counts_as_failed)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t i;

	stage_of(&r, 400, 200);
	i = grant(&r, 0);
	engine_add_pause(r.g, r.now, r.now + HARD_MS);
	later(&r, HARD_MS);
	ck_assert_int_eq(engine_trial(r.g, i)->step, TRIAL_GRANTED);
	assert_waits(&r, "201 of 327 judged (granted 21600 s ago) with 1 "
	                 "failed");
	ck_assert(engine_move(r.g, i, TRIAL_CONFIRMED, r.now));
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(a_failure_in_the_watch_counts_against_the_bar)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 1000, 190);
	later(&r, HARD_MS);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
	ck_assert(engine_move(r.g, 7, TRIAL_FAILED, r.now));
	assert_waits(&r, "190 of 327 judged");
}

TEST(halted_cells_are_not_judged)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	r.plan.stages[0].soak_s = 60;
	r.plan.stages[1].not_before_s = FIXTURE_T0_S;
	engine_set_reach(r.g, 0, 1000);
	for (int i = 0; i < 4; i++)
		(void)ended(&r, 8, TRIAL_FAILED);
	some(&r, 184, TRIAL_CONFIRMED);
	r.now += HARD_MS;
	(void)engine_tick(r.g, r.now);
	ASSERT_HALTS(&r, "c1", "us");
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(nobody_waits_for_the_bar_forever)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	/* 100 devices that are seen and never come: waited for seven days
	 * from the end of the soak. */
	stage_of(&r, 200, 100);
	later(&r, 60000 + 7 * DAY_MS - HOUR_MS - 1);
	assert_waits(&r, "100 of 184 judged");
	later(&r, 1);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(an_operator_need_not_wait_for_the_bar)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	stage_of(&r, 1000, 100);
	assert_waits(&r, "0 of 184 judged");
	engine_promote_by_hand(r.g, 1);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(devices_enrolled_later_do_not_keep_a_stage_waiting_for_ever)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	/* Some of 30 never come; somebody new is always under way. */
	stage_of(&r, 30, 9);
	assert_waits(&r, "9 of 20 confirmed, at the latest");
	later(&r, 7 * DAY_MS);
	(void)enrol(&r, 0, false);
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
	/* One that counts may still confirm. */
	(void)enrol(&r, 0, true);
	assert_waits(&r, "9 of 20 confirmed");
}
