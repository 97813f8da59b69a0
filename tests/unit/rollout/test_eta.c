#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/eta.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <string.h>

#define T0 FIXTURE_T0_S
#define DAY FIXTURE_DAY_S
#define HOUR INT64_C(3600)

/* The fixture's plan: stages a day apart, each soaks an hour. */
static struct eta_facts facts_at(int stage, int64_t now_s)
{
	struct eta_facts f = {.stage = stage,
	                      .since_ms = (T0 + stage * DAY) * 1000,
	                      .now_ms = now_s * 1000,
	                      .poll_s = 600,
	                      .attempt_s = 300};

	for (size_t i = 0; i < PLAN_STAGES_MAX; i++)
		f.reach[i] = -1;
	return f;
}

static struct eta ask(const struct eta_facts *f, struct plan *p)
{
	struct eta out;

	eta_decide(&out, p, f);
	ck_assert_str_ne(out.text, "");
	/* A time, or somebody, or an end, or a hold, which lifts by itself. */
	ck_assert(out.at_s > 0 || out.who != ETA_NOBODY || f->held ||
	          f->state == ROLLOUT_COMPLETED ||
	          f->state == ROLLOUT_SUPERSEDED);
	return out;
}

TEST(dates_and_soaks_say_when_it_ends)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	e = ask(&f, &p);
	ck_assert_int_eq(e.at_s, T0 + 2 * DAY + HOUR);
	ck_assert_int_eq(e.stage_end_s, T0 + DAY);
	ck_assert_int_eq(e.who, ETA_NOBODY);
	ck_assert_ptr_nonnull(strstr(e.text, "2 more stages, and the watch"));
	f = facts_at(2, T0 + 2 * DAY + 60);
	f.cells_halted = 1;
	e = ask(&f, &p);
	ck_assert_int_eq(e.at_s, T0 + 2 * DAY + HOUR);
	ck_assert_ptr_nonnull(strstr(e.text,
	                             ": only the watch is left; without "
	                             "the 1 halted cell, which"));
}

TEST(what_is_halted_and_recalled_waits_for_nobody)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	f.state = ROLLOUT_HALTED;
	ck_assert_int_eq(ask(&f, &p).who, ETA_APPROVERS);
	f.recalled = true;
	eta_decide(&e, &p, &f);
	ck_assert_int_eq(e.who, ETA_NOBODY);
	ck_assert_ptr_nonnull(strstr(e.text, "is recalled"));
}

TEST(a_long_soak_moves_every_later_stage)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);

	fixture_plan(&p);
	p.stages[0].soak_s = 3 * DAY;
	ck_assert_int_eq(ask(&f, &p).at_s, T0 + 3 * DAY + 2 * HOUR);
	/* An operator ended it; the dates stay. */
	f.by_hand_to = 1;
	ck_assert_int_eq(ask(&f, &p).at_s, T0 + 2 * DAY + HOUR);
}

TEST(devices_that_poll_seldom_take_rounds_of_the_cap)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);

	fixture_plan(&p);
	p.gate.min_confirmed = 40;
	f.poll_s = DAY;
	f.attempt_s = HOUR;
	/* 10, 20, 40: three rounds of a day and an hour in the first stage. */
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + 3 * (DAY + HOUR));
	f.confirmed = 20;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + DAY + HOUR);
	/* No more than there are. */
	f.confirmed = 0;
	f.reach[0] = 7;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + DAY + HOUR);
	f.failed = 7;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + DAY);
}

TEST(a_stage_that_is_judged_by_evidence_waits_for_the_hard_deadline)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);

	fixture_plan(&p);
	p.gate.hard_s = 2 * DAY;
	p.gate.in_flight = 500;
	/* It takes 184 devices: 10, 20, … 160, 320, six rounds. */
	f.reach[0] = 183;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + DAY);
	f.reach[0] = 184;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + 2 * DAY + 6 * 900);
	/* With a failure it takes more than there are. */
	f.failed = 1;
	ck_assert_int_eq(ask(&f, &p).stage_end_s, T0 + DAY);
}

TEST(what_does_not_end_by_itself_names_who_must_act)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	f.state = ROLLOUT_PAUSED;
	ck_assert_int_eq(ask(&f, &p).who, ETA_OPERATOR);
	f.state = ROLLOUT_HALTED;
	e = ask(&f, &p);
	ck_assert_int_eq(e.who, ETA_APPROVERS);
	ck_assert_ptr_nonnull(strstr(e.text, "`resumes`"));
	f.state = ROLLOUT_RUNNING;
	p.gate.promote_by_hand = true;
	e = ask(&f, &p);
	ck_assert_int_eq(e.who, ETA_OPERATOR);
	ck_assert_ptr_nonnull(
		strstr(e.text, "stage 1 waits from 2026-11-21T00:00:00Z on"));
	f.by_hand_to = 1;
	ck_assert_ptr_nonnull(strstr(ask(&f, &p).text, "stage 2 waits"));
	f.state = ROLLOUT_COMPLETED;
	ck_assert_int_eq(ask(&f, &p).who, ETA_NOBODY);
}

TEST(a_hold_needs_nobody)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	f.holds = 1;
	e = ask(&f, &p);
	ck_assert_int_eq(e.at_s, T0 + 2 * DAY + HOUR);
	ck_assert_ptr_nonnull(strstr(
		e.text, " if nothing fails and what is on hold is heard of: "));
	f.held = true;
	e = ask(&f, &p);
	ck_assert_int_eq(e.at_s, 0);
	ck_assert_int_eq(e.who, ETA_NOBODY);
	ck_assert_ptr_nonnull(strstr(e.text, "goes on by itself"));
}

TEST(a_plan_that_expires_before_needs_its_approvers)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	p.expires_s = T0 + DAY + HOUR;
	p.stages[1].soak_s = 2 * HOUR;
	e = ask(&f, &p);
	ck_assert_int_eq(e.at_s, 0);
	ck_assert_int_eq(e.who, ETA_APPROVERS);
	ck_assert_ptr_nonnull(strstr(e.text, "the plan expires"));
	f.now_ms = p.expires_s * 1000;
	ck_assert_ptr_nonnull(strstr(ask(&f, &p).text, "has expired"));
}

TEST(halted_cells_are_left_out_and_said)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	struct eta_facts f = facts_at(0, T0);
	struct eta e;

	fixture_plan(&p);
	f.cells_halted = 2;
	e = ask(&f, &p);
	ck_assert_int_ne(e.at_s, 0);
	ck_assert_ptr_nonnull(strstr(e.text, "without the 2 halted cells"));
	f.cells_halted = 9;
	ck_assert_int_eq(ask(&f, &p).who, ETA_APPROVERS);
}

TEST(an_attempt_takes_what_the_newest_took)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(engine_free)
	struct engine *g = NULL;

	fixture_plan(&p);
	g = engine_new(&p, T0 * 1000);
	ck_assert_int_eq(eta_attempt_s(g), -1);
	for (int64_t i = 1; i <= 600; i++) {
		struct trial t = {.device = i,
		                  .attempt = i,
		                  .counted = true,
		                  .step = TRIAL_CONFIRMED,
		                  .granted_ms = T0 * 1000,
		                  .step_ms = T0 * 1000 +
		                             (i <= 88 ? 9000000 : 400000)};

		(void)engine_enrol(g, &t);
	}
	ck_assert_int_eq(eta_attempt_s(g), 400);
}
