#include "config.h"

#include "server/publish/revise.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/unit/server/revisions.h"

#include <string.h>

TEST(a_superseded_rollout_is_not_halted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct deed deed = server_deed("rollout.halt");
	struct err e;

	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_CODE(operate_halt(s->fleet, r, "*", "*", &deed, &e),
	            "wrong_state");
	server_crash(s);
	ck_assert_uint_eq(s->fleet->live.len, 1);
}

TEST(a_new_revision_goes_on_hold_in_place_of_the_old)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ck_assert_int_eq(engine_state(server_newest(s)->engine),
	                 ROLLOUT_PAUSED);
	ck_assert_uint_eq(server_n_rules(s), 1);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_str_eq(server_rule(s, 0)->plan_path,
	                 "plan/band/spring.2.json");
	/* What had not activated is void. */
	ck_assert_int_eq(engine_trial(server_newest(s)->engine, 0)->step,
	                 TRIAL_VOID);
	server_resume(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(a.attempt, 2);
}

TEST(a_revision_keeps_the_halts_that_it_does_not_resume)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	const struct state_rule *rule;
	struct err e;

	server_halt(s, "*", "*");
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	server_resume(s);
	rule = server_rule(s, 0);
	ck_assert(!cells_match(rule->halted, rule->n_halted, "a7", "eu"));
	ck_assert(cells_match(rule->halted, rule->n_halted, "a7", "us"));
}

TEST(carried_halts_are_on_the_disk_with_the_publish_itself)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	const struct state_rule *rule;
	struct err e;

	server_halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	/* Nothing ran in between. */
	server_crash(s);
	server_resume(s);
	rule = server_rule(s, 0);
	ck_assert(cells_match(rule->halted, rule->n_halted, "a7", "eu"));
	ck_assert(!cells_match(rule->halted, rule->n_halted, "a7", "us"));
}

TEST(a_resumed_cell_begins_an_empty_epoch)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(8, &r);
	struct err e;

	server_update(s, 0, STEP_FAILED);
	server_halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	ck_assert_uint_eq(engine_n_trials(server_newest(s)->engine), 0);
	server_crash(s);
	ck_assert_uint_eq(engine_n_trials(server_newest(s)->engine), 0);
}

TEST(a_revision_that_only_renews_keeps_its_trials_over_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(8, &r);
	struct cell_counts before, after;
	struct err e;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_FAILED);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	engine_counts(server_newest(s)->engine, &before);
	ck_assert_int_eq(before.confirmed, 1);
	ck_assert_int_eq(before.failed, 1);
	server_crash(s);
	engine_counts(server_newest(s)->engine, &after);
	ck_assert_int_eq(after.confirmed, 1);
	ck_assert_int_eq(after.failed, 1);
	ck_assert_int_eq(after.trials, before.trials);
}

/* Device 0 has the activate grant when the next revision comes. */
static struct server *activated(struct rollout **r)
{
	struct server *s = server_rolling(4, r);
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	return s;
}

TEST(an_outcome_of_the_old_revision_counts_in_the_new)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct report_answer b;
	struct cell_counts c;

	ck_assert_int_eq(server_report(s, 0, STEP_FAILED, &b), 0);
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(c.open, 0);
	server_crash(s);
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
}

TEST(an_outcome_of_the_old_revision_counts_also_after_a_restart)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct report_answer b;
	struct cell_counts c;

	server_restart(s);
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &b), 0);
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.confirmed, 1);
}

TEST(a_revert_after_a_revision_is_seen_at_check_in)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = activated(&r);
	struct wire_answer a;
	struct cell_counts c;

	s->devices[0].attempt = 0;
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
}

TEST(a_revision_that_cannot_be_stored_leaves_the_old_rollout_running)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(2, &r);
	struct wire_answer a;
	struct err e;

	server_halt(s, "a7", "eu");
	db_set_hook(db_no_commit, NULL);
	ck_assert_int_ne(server_publish_revision(s, NULL, &e), 0);
	db_set_hook(NULL, NULL);
	ck_assert_uint_eq(s->fleet->live.len, 1);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	ck_assert_int_eq(r->ended_ms, 0);
	ck_assert_str_eq(server_rule(s, 0)->plan_path, SERVER_PLAN_PATH);
	memcpy(s->plan.sha256, r->plan->sha256, sizeof(s->plan.sha256));
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_withdrawn_plan_ends_its_rollout)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(2, &r);
	int64_t now;
	struct err e;

	server_tick(s, 1000);
	now = fleet_now_ms(s->fleet);
	(void)tuf_targets_remove(tuf_repo_role(s->repo, "plans.band"),
	                         SERVER_PLAN_PATH);
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(SERVER_PUBLISH(s, "2.plans.band.json"));
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_SUPERSEDED);
	ck_assert_int_eq(r->ended_ms, now);
	server_crash(s);
	ck_assert_int_eq(server_stored_rollout(s).ended_ms, now);
	ck_assert_uint_eq(s->fleet->live.len, 0);
}

/* What `pawl-repo plan renew` makes of it. */
static void renewed(struct plan *p)
{
	p->stages[0] = (struct plan_stage){.ppm = PPM,
	                                   .not_before_s = FIXTURE_T0_S,
	                                   .soak_s = 20 * FIXTURE_DAY_S};
	p->n_stages = 1;
}

TEST(a_completed_plan_is_renewed_for_devices_that_enrol_later)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct rollout *r;
	struct err e;

	server_plan(&s->plan, 2);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 3);
	server_tick(s, 61000);
	r = server_start(s);
	server_update(s, 1, STEP_CONFIRMED);
	server_halt(s, "a7", "eu");
	for (int i = 0; i < 3; i++)
		server_tick(s, 120000);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_COMPLETED);
	/* Device 3 of a7/us comes too late. */
	server_enrol(s, 3);
	ck_assert_int_eq(server_checkin(s, 3, WANT_START, &a), 0);
	ck_assert_str_eq(a.why_code, "not_running");
	ASSERT_OK(server_publish_revision(s, renewed, &e));
	ck_assert_int_eq(engine_state(server_newest(s)->engine),
	                 ROLLOUT_PAUSED);
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_eq(server_checkin(s, 3, WANT_START, &a), 0);
	ck_assert(!a.granted);
	server_crash(s);
	server_resume(s);
	server_update(s, 3, STEP_CONFIRMED);
	/* The halted cell stays halted, the confirmed device stays one. */
	ck_assert_int_eq(server_checkin(s, 4, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert(revisions_is_halted(s, "eu"));
	ck_assert_uint_eq(engine_n_trials(server_newest(s)->engine), 2);
	/* A watch as long as the plan: who comes in a week gets it, too. */
	server_tick(s, 7 * FIXTURE_DAY_S * 1000);
	server_enrol(s, 2);
	server_update(s, 7, STEP_CONFIRMED);
	ck_assert_int_eq(engine_state(server_newest(s)->engine),
	                 ROLLOUT_RUNNING);
}
