#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/operate.h"
#include "server/store/rollouts.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"
#include "tests/unit/server/revisions.h"

#include <stdlib.h>
#include <string.h>

TEST(a_long_reason_is_cut_between_characters)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.halt");
	char reason[512] = "x";
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	r = server_start(s);
	while (strlen(reason) + 3 < sizeof(reason))
		(void)strncat(reason, "\xe2\x82\xac", 4);
	deed.reason = reason;
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	ck_assert_uint_eq(strlen(r->halts[0].evidence.text) %
	                          strlen("\xe2\x82\xac"),
	                  strlen("halted by hand: x") % 3);
}

TEST(only_a_published_plan_starts_and_only_once)
{
	struct rollout *r, *again;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct deed deed = server_deed("rollout.start");
	int64_t taken;
	struct err e;

	ASSERT_CODE(operate_start(&again, &taken, s->fleet,
	                          "plan/band/none.1.json", &deed, &e),
	            "unknown_plan");
	ASSERT_CODE(operate_start(&again, &taken, s->fleet, SERVER_PLAN_PATH,
	                          &deed, &e),
	            "already_started");
	server_crash(s);
	ASSERT_CODE(operate_start(&again, &taken, s->fleet, SERVER_PLAN_PATH,
	                          &deed, &e),
	            "already_started");
}

static int64_t timestamp(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v)->timestamp_version;
}

/* For the next one to begin afresh. */
static void end(struct server *s)
{
	SCOPED(free)
	char *command = xasprintf("rm -rf '%s' '%s'", test_path("data"),
	                          test_path("keys"));

	server_free(s);
	if (system(command) != 0)
		ck_abort_msg("%s", command);
}

/* The same bytes at the same path, in a new version of the role. */
static void list_again(struct server *s)
{
	SCOPED(free)
	char *text = server_repo_plan(s->repo, &s->plan);
	struct err e;

	server_blob(s, text, strlen(text));
	tuf_repo_publish(s->repo, "plans.band");
	ASSERT_OK(SERVER_PUBLISH(s, "3.plans.band.json"));
}

TEST(a_plan_that_was_withdrawn_and_listed_again_needs_a_new_revision)
{
	for (int restarts = 0; restarts <= 1; restarts++) {
		struct rollout *r;
		struct server *s = server_rolling(1, &r);
		struct deed deed = server_deed("rollout.start");
		int64_t taken, version;
		struct err e;

		revisions_withdraw(s);
		if (restarts)
			server_restart(s);
		list_again(s);
		version = timestamp(s);
		ASSERT_CODE(operate_start(&r, &taken, s->fleet,
		                          SERVER_PLAN_PATH, &deed, &e),
		            "already_started");
		ASSERT_SAYS("was carried out as rollout 1");
		ASSERT_SAYS("sign a new revision");
		ck_assert_int_eq(timestamp(s), version);
		ck_assert_uint_eq(s->fleet->trouble, 0);
		ASSERT_OK(server_publish_revision(s, NULL, &e));
		ck_assert_int_eq(engine_state(server_start(s)->engine),
		                 ROLLOUT_RUNNING);
		end(s);
	}
}

TEST(an_expired_plan_does_not_start)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_tick(s, 31 * FIXTURE_DAY_S * 1000);
	ASSERT_CODE(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                          &e),
	            "plan_expired");
}

TEST(what_cannot_be_stored_does_not_start_pause_or_resume)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct deed deed = server_deed("rollout.start");
	struct rollout *r;
	int64_t taken;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	db_set_hook(db_no_commit, NULL);
	ASSERT_ERR(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                         &e),
	           ERR_NO_SPACE);
	ck_assert_uint_eq(s->fleet->live.len, 0);
	ck_assert_uint_eq(server_n_rules(s), 0);
	db_set_hook(NULL, NULL);
	ASSERT_OK(operate_start(&r, &taken, s->fleet, SERVER_PLAN_PATH, &deed,
	                        &e));
	db_set_hook(db_no_commit, NULL);
	ASSERT_ERR(operate_pause(s->fleet, r, &deed, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
	ck_assert(!server_rule(s, 0)->hold);
}

TEST(a_pause_survives_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct deed deed = server_deed("rollout.pause");
	struct err e;

	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_crash(s);
	ck_assert_int_eq(engine_state(server_newest(s)->engine),
	                 ROLLOUT_PAUSED);
	ck_assert(server_rule(s, 0)->hold);
	server_resume(s);
	ck_assert(!server_rule(s, 0)->hold);
}

TEST(deadlines_stand_still_over_a_pause_and_a_crash_in_it)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	int64_t hard_ms = r->plan->plan.gate.hard_s * 1000;
	struct deed deed = server_deed("rollout.pause");
	struct report_answer b;
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_int_eq(server_report(s, 0, STEP_INSTALLED, &b), 0);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_tick(s, hard_ms);
	server_crash(s);
	server_tick(s, hard_ms);
	server_resume(s);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(server_newest(s)->engine, 0)->step,
	                 TRIAL_INSTALLED);
	server_restart(s);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_trial(server_newest(s)->engine, 0)->step,
	                 TRIAL_INSTALLED);
}

/* The disk takes one transaction more. */
static enum err_kind one_commit(void *ctx, enum db_op op, const char *what)
{
	int *commits = ctx;

	(void)what;
	if (op != DB_BEGIN && op != DB_COMMIT)
		return ERR_NONE;
	if (*commits > 0)
		return ERR_NO_SPACE;
	*commits += op == DB_COMMIT;
	return ERR_NONE;
}

TEST(how_long_deadlines_stood_still_is_written_with_the_end_of_the_pause)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct deed deed = server_deed("rollout.pause");
	int64_t paused_ms = 3 * s->plan.gate.hard_s * 1000;
	int commits = 0;
	struct report_answer b;
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_report(s, 0, STEP_INSTALLED, &b), 0);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	server_tick(s, paused_ms);
	/* Not ended: nothing has stood still yet. */
	db_set_hook(db_no_commit, NULL);
	ASSERT_ERR(operate_resume(s->fleet, r, &deed, &e), ERR_NO_SPACE);
	ck_assert_int_eq(engine_state(r->engine), ROLLOUT_PAUSED);
	ck_assert_int_eq(engine_trial(r->engine, 0)->stood_still_ms, 0);
	db_set_hook(one_commit, &commits);
	ASSERT_OK(operate_resume(s->fleet, r, &deed, &e));
	ck_assert_int_eq(commits, 1);
	ck_assert_int_eq(engine_trial(r->engine, 0)->stood_still_ms, paused_ms);
	db_set_hook(NULL, NULL);
	server_crash(s);
	r = server_newest(s);
	ck_assert_int_ne(engine_state(r->engine), ROLLOUT_PAUSED);
	ck_assert_int_eq(engine_trial(r->engine, 0)->stood_still_ms, paused_ms);
	server_tick(s, r->plan->plan.gate.soft_s * 1000 + 1000);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_INSTALLED);
}
