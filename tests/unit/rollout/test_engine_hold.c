#include "config.h"

#include "tests/unit/rollout/engine_rig.h"

#include <string.h>

/* Holds: what is overdue, what that denies, and that it lifts by itself. The
 * fixture: soft_s an hour, hard_s six; 10 % may be silent, α_silent 5 %. */

#define POLL_S INT64_C(300)
/* When a trial granted now, told POLL_S, is overdue. */
#define OVERDUE_MS (HOUR_MS + 2 * POLL_S * 1000)

static size_t grant_told(struct rig *r, int cell)
{
	size_t i = grant(r, cell);

	engine_told_poll(r->g, i, POLL_S);
	return i;
}

static int64_t overdue(const struct rig *r)
{
	struct cell_counts c;

	engine_counts(r->g, &c);
	return c.overdue;
}

/* Six of ten in cell 0 are never heard of again. */
static void begin_waiting(struct rig *r, size_t n_hw, size_t n_regions,
                          size_t open[6])
{
	begin(r, n_hw, n_regions);
	for (int i = 0; i < 4; i++)
		(void)ended(r, 0, TRIAL_CONFIRMED);
	for (int i = 0; i < 6; i++)
		open[i] = grant_told(r, 0);
}

TEST(a_trial_is_overdue_after_soft_s_and_twice_its_poll)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct cell_counts c;

	begin(&r, 1, 1);
	(void)grant_told(&r, 0);
	(void)engine_tick(r.g, T0_MS + OVERDUE_MS - 1);
	ck_assert_int_eq(overdue(&r), 0);
	(void)engine_tick(r.g, T0_MS + OVERDUE_MS);
	ck_assert_int_eq(overdue(&r), 1);
	engine_cell_counts(r.g, 0, &c);
	ck_assert_int_eq(c.overdue, 1);
	ck_assert_int_eq(c.open, 1);
	ck_assert(!c.held);
}

TEST(a_device_told_to_wait_longer_is_overdue_later)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t i;

	begin(&r, 1, 1);
	i = grant_told(&r, 0);
	engine_told_poll(r.g, i, 3600);
	(void)engine_tick(r.g, T0_MS + 3 * HOUR_MS - 1);
	ck_assert_int_eq(overdue(&r), 0);
	(void)engine_tick(r.g, T0_MS + 3 * HOUR_MS);
	ck_assert_int_eq(overdue(&r), 1);
	/* Told again, and it may take its time: no longer overdue. */
	engine_told_poll(r.g, i, 7200);
	ck_assert_int_eq(overdue(&r), 0);
	engine_told_poll(r.g, i, POLL_S);
	ck_assert_int_eq(overdue(&r), 1);
	ck_assert_int_eq(engine_trial(r.g, i)->poll_after_s, POLL_S);
}

TEST(too_many_overdue_hold_a_cell_and_it_lifts_by_itself)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[6];

	begin_waiting(&r, 1, 1, open);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_CELL);
	ck_assert(!engine_tick(r.g, T0_MS + OVERDUE_MS - 1));
	ck_assert(!engine_cell_held(r.g, 0));
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert(engine_cell_held(r.g, 0));
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_HOLD);
	ck_assert_str_eq(grant_why_code(GRANT_HOLD), "hold");
	/* Told once. */
	ck_assert(!engine_tick(r.g, T0_MS + OVERDUE_MS + 1));
	ck_assert(engine_cell_held(r.g, 0));
	/* The late ones come after all: nothing was counted against them. */
	for (int i = 0; i < 4; i++)
		ck_assert(engine_move(r.g, open[i], TRIAL_CONFIRMED, r.now));
	ck_assert(!engine_cell_held(r.g, 0));
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_YES);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS + 2));
	ck_assert_uint_eq(engine_n_holds(r.g), 0);
	ASSERT_NOTHING(&r);
}

TEST(a_hold_lets_open_attempts_activate)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[6];

	begin_waiting(&r, 1, 1, open);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert(engine_cell_held(r.g, 0));
	ck_assert(engine_move(r.g, open[0], TRIAL_ACTIVATED, r.now));
	ck_assert(engine_move(r.g, open[0], TRIAL_CONFIRMED, r.now));
}

/* Of n in one cell, `late` are overdue here and silent there. */
static void compare_with_silence(int n, int late)
{
	SCOPED(rig_fini)
	struct rig r = {0}, q = {0};
	bool halts;

	begin(&r, 1, 1);
	begin(&q, 1, 1);
	for (int i = 0; i < n; i++) {
		size_t t = grant_told(&r, 0);

		(void)ended(&q, 0, i < late ? TRIAL_SILENT : TRIAL_CONFIRMED);
		if (i >= late)
			(void)engine_move(r.g, t, TRIAL_CONFIRMED, r.now);
	}
	(void)engine_tick(r.g, T0_MS + OVERDUE_MS);
	halts = look(&q).kind == ACTION_HALT;
	ck_assert_int_eq(engine_cell_held(r.g, 0), halts);
}

TEST(as_many_overdue_hold_as_would_halt_silent)
{
	for (int n = 1; n <= 60; n += 7)
		for (int late = 0; late <= n; late++)
			compare_with_silence(n, late);
}

TEST(a_cell_on_hold_leaves_the_rollouts_cap)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 3, 3);
	r.plan.gate.in_flight = 10;
	for (int i = 0; i < 10; i++)
		(void)grant_told(&r, 0);
	ck_assert_int_eq(engine_may_grant(r.g, 4), GRANT_CAP_ROLLOUT);
	for (int i = 0; i < 40; i++)
		(void)ended(&r, 4, TRIAL_CONFIRMED);
	ck_assert_int_eq(engine_may_grant(r.g, 4), GRANT_CAP_FLIGHT);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert(engine_cell_held(r.g, 0));
	ck_assert(!engine_cell_held(r.g, 4));
	ck_assert(!engine_all_held(r.g));
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_HOLD);
	ck_assert_int_eq(engine_may_grant(r.g, 4), GRANT_YES);
	for (int i = 0; i < 10; i++)
		ck_assert(engine_move(r.g, (size_t)i, TRIAL_CONFIRMED, r.now));
	ck_assert(!engine_cell_held(r.g, 0));
	for (int i = 0; i < 10; i++)
		(void)grant_told(&r, i % 9);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CAP_FLIGHT);
}

TEST(silence_in_many_cells_holds_the_whole_rollout)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct cell_counts all;
	struct hold h;

	begin(&r, 3, 3);
	for (int i = 0; i < 9; i++)
		(void)grant_told(&r, i);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert(engine_all_held(r.g));
	engine_counts(r.g, &all);
	ck_assert(all.held);
	engine_hold_at(r.g, engine_n_holds(r.g) - 1, &h);
	ck_assert_int_eq(h.kind, SCOPE_POOLED);
	ck_assert_str_eq(h.hw, "*");
	ck_assert_str_eq(h.region, "*");
	ck_assert_int_eq(h.overdue, 9);
	ck_assert_int_eq(h.silent, 0);
	ck_assert_int_eq(h.trials, 9);
	ck_assert_int_eq(h.weight_ppm, PLAN_WEIGHT_DEFAULT);
	ck_assert_int_le(h.bound, 9);
	for (int i = 0; i < 9; i++) {
		struct hold of;

		ck_assert(engine_hold_of(r.g, i, &of));
		ck_assert_str_eq(of.text, h.text);
	}
	ck_assert_str_eq(
		h.text,
		"all cells: 9 overdue and 0 silent of 9, 5 are too many "
		"at a tolerance of 10 % (risk 5 %, share 25 %); no "
		"device starts until fewer are");
}

TEST(silent_trials_stay_in_the_sum_that_holds)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct hold h;

	begin(&r, 1, 1);
	for (int i = 0; i < 10; i++)
		(void)ended(&r, 0, i == 0 ? TRIAL_SILENT : TRIAL_CONFIRMED);
	for (int i = 0; i < 5; i++)
		(void)grant_told(&r, 0);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	engine_hold_at(r.g, 0, &h);
	ck_assert_int_eq(h.silent, 1);
	ck_assert_int_eq(h.overdue, 5);
	ck_assert_int_eq(h.trials, 15);
}

TEST(what_was_overdue_is_silent_at_last_and_halts_or_lifts)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[6];

	begin_waiting(&r, 1, 1, open);
	(void)engine_tick(r.g, T0_MS + OVERDUE_MS);
	ck_assert(engine_cell_held(r.g, 0));
	r.now = T0_MS + 6 * HOUR_MS;
	ck_assert_uint_eq(engine_expire(r.g, r.now), 6);
	ck_assert_int_eq(overdue(&r), 0);
	ASSERT_HALTS(&r, "a7", "eu");
	ck_assert(!engine_cell_held(r.g, 0));
	ck_assert(!engine_all_held(r.g));
	ck_assert(engine_tick(r.g, r.now));
	ck_assert_uint_eq(engine_n_holds(r.g), 0);
	ck_assert_int_eq(engine_may_grant(r.g, 0), GRANT_CELL_HALTED);
}

TEST(a_pause_stops_what_waits_to_activate_from_being_overdue)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t waits, active;

	begin(&r, 1, 1);
	waits = grant_told(&r, 0);
	active = grant_told(&r, 0);
	ck_assert(engine_move(r.g, active, TRIAL_ACTIVATED, r.now));
	engine_set_state(r.g, ROLLOUT_PAUSED);
	(void)engine_tick(r.g, T0_MS + 3 * HOUR_MS);
	ck_assert_int_eq(overdue(&r), 1);
	engine_add_pause(r.g, T0_MS, T0_MS + 3 * HOUR_MS);
	engine_set_state(r.g, ROLLOUT_RUNNING);
	ck_assert_int_eq(overdue(&r), 1);
	(void)engine_tick(r.g, T0_MS + 3 * HOUR_MS + OVERDUE_MS - 1);
	ck_assert_int_eq(overdue(&r), 1);
	(void)engine_tick(r.g, T0_MS + 3 * HOUR_MS + OVERDUE_MS);
	ck_assert_int_eq(overdue(&r), 2);
	ck_assert(engine_move(r.g, waits, TRIAL_VOID, r.now));
	ck_assert_int_eq(overdue(&r), 1);
}

TEST(a_device_enrolled_later_holds_nothing)
{
	SCOPED(rig_fini)
	struct rig r = {0};

	begin(&r, 1, 1);
	for (int i = 0; i < 10; i++)
		(void)enrol(&r, 0, false);
	ck_assert(!engine_tick(r.g, T0_MS + DAY_MS));
	ck_assert(!engine_cell_held(r.g, 0));
}

TEST(a_rollout_with_a_scope_on_hold_is_not_promoted)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	char waits[480];
	size_t open[4];

	begin(&r, 3, 3);
	for (int i = 0; i < 40; i++)
		(void)ended(&r, i % 8, TRIAL_CONFIRMED);
	r.now = T0_MS + DAY_MS;
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
	for (int i = 0; i < 4; i++)
		open[i] = grant_told(&r, 8);
	r.now += OVERDUE_MS;
	ck_assert(engine_tick(r.g, r.now));
	ck_assert(engine_cell_held(r.g, 8));
	ASSERT_NOTHING(&r);
	engine_waits_for(r.g, r.now, waits, sizeof(waits));
	ck_assert_str_eq(waits, "the hold of c1/us to lift");
	for (int i = 0; i < 4; i++)
		ck_assert(engine_move(r.g, open[i], TRIAL_CONFIRMED, r.now));
	ck_assert_int_eq(look(&r).kind, ACTION_PROMOTE);
}

TEST(a_halt_takes_its_overdue_trials_out_of_the_wider_sums)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	struct hold h;

	begin(&r, 3, 3);
	for (int i = 0; i < 9; i++)
		(void)grant_told(&r, i / 3);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert(engine_all_held(r.g));
	engine_halt(r.g, "a7", "eu");
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	for (size_t k = 0; k < engine_n_holds(r.g); k++) {
		engine_hold_at(r.g, k, &h);
		ck_assert_int_eq(
			h.overdue,
			h.kind == SCOPE_CELL || h.kind == SCOPE_REGION ? 3 : 6);
	}
	engine_halt(r.g, "*", "*");
	ck_assert_uint_eq(engine_n_holds(r.g), 0);
	ck_assert(!engine_all_held(r.g));
}

TEST(a_clock_put_back_takes_back_what_was_overdue)
{
	SCOPED(rig_fini)
	struct rig r = {0};
	size_t open[6];

	begin_waiting(&r, 1, 1, open);
	ck_assert(engine_tick(r.g, T0_MS + 2 * OVERDUE_MS));
	ck_assert(engine_cell_held(r.g, 0));
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS - 1));
	ck_assert(!engine_cell_held(r.g, 0));
	ck_assert_int_eq(overdue(&r), 0);
	ck_assert(engine_tick(r.g, T0_MS + OVERDUE_MS));
	ck_assert_int_eq(overdue(&r), 6);
}
