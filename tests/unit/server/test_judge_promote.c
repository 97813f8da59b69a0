#include "config.h"

#include "server/fleet/judge.h"
#include "server/store/audit.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

TEST(a_stage_is_promoted_when_all_of_it_confirmed_and_soaked)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 6, &r);

	for (size_t i = 0; i < 6; i++)
		server_update(s, i, STEP_CONFIRMED);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	ck_assert_int_eq(server_rule(s, 0)->stage, 0);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_stage(r->engine), 1);
	ck_assert_int_eq(server_rule(s, 0)->stage, 1);
	server_crash(s);
	ck_assert_int_eq(engine_stage(s->fleet->live.items[0]->engine), 1);
	ck_assert_int_eq(server_rule(s, 0)->stage, 1);
	server_tick(s, 120000);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_state(s->fleet->live.items[0]->engine),
	                 ROLLOUT_COMPLETED);
	server_crash(s);
	ck_assert_int_eq(engine_state(s->fleet->live.items[0]->engine),
	                 ROLLOUT_COMPLETED);
	/* Devices are told of it until its plan ends; a renewed plan grants. */
	ck_assert_uint_eq(server_n_rules(s), 1);
}

TEST(a_promotion_that_cannot_be_stored_does_not_happen)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 4, &r);

	for (size_t i = 0; i < 4; i++)
		server_update(s, i, STEP_CONFIRMED);
	db_set_hook(db_no_space, NULL);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	ck_assert_int_eq(server_rule(s, 0)->stage, 0);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 1);
}

static int64_t timestamp(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return view_online(v)->timestamp_version;
}

TEST(what_cannot_be_stored_is_tried_less_and_less_often_and_soon_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_staged(2, 4, &r);

	for (size_t i = 0; i < 4; i++)
		server_update(s, i, STEP_CONFIRMED);
	int64_t before = timestamp(s);
	db_set_hook(db_no_space, NULL);
	server_tick(s, 120000);
	for (int i = 0; i < 300; i++)
		server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	db_set_hook(NULL, NULL);
	/* A minute is the longest wait. */
	for (int i = 0; i < 60; i++)
		server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 1);
	/* Each try uses a number, and one for the all-hold set. */
	ck_assert_int_lt(timestamp(s), before + 40);
}

/* Two stages, the second dated in an hour; the soak of the first is a day. */
static struct server *soaking(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 2);
	s->plan.stages[0].soak_s = FIXTURE_DAY_S;
	s->plan.stages[1].not_before_s = FIXTURE_T0_S + 3600;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	server_tick(s, 61000);
	*out = server_start(s);
	return s;
}

static int count_promote(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	if (strcmp(a->action, "rollout.promote") == 0 &&
	    strcmp(a->actor, "alice") == 0)
		++*(int *)ctx;
	return 0;
}

static int audited_promotes(struct server *s)
{
	struct err e;
	int n = 0;

	ASSERT_OK(audit_page(s->fleet->store, 0, 100, count_promote, &n, &e));
	return n;
}

TEST(before_the_next_stages_date_nobody_promotes_by_hand)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = soaking(4, &r);
	struct deed deed = server_deed("rollout.promote");
	struct err e;

	ASSERT_CODE(operate_promote(s->fleet, r, &deed, &e), "too_early");
	ASSERT_SAYS("2026-11-20T01:00:00Z");
	ASSERT_SAYS("revision");
	ck_assert_int_eq(audited_promotes(s), 0);
	server_tick(s, 3600 * 1000);
	ASSERT_OK(operate_promote(s->fleet, r, &deed, &e));
	ck_assert_int_eq(audited_promotes(s), 1);
}

TEST(a_promotion_by_hand_waits_for_the_rest_and_is_kept_over_a_crash)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = soaking(4, &r);
	struct deed deed = server_deed("rollout.promote");
	struct err e;

	for (size_t i = 0; i < 3; i++)
		server_update(s, i, STEP_CONFIRMED);
	server_tick(s, 3600 * 1000);
	ASSERT_OK(operate_promote(s->fleet, r, &deed, &e));
	server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	server_crash(s);
	r = s->fleet->live.items[0];
	server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	server_update(s, 3, STEP_CONFIRMED);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 1);
	ck_assert_int_eq(server_rule(s, 0)->stage, 1);
	/* The last stage is watched to its end. */
	ASSERT_CODE(operate_promote(s->fleet, r, &deed, &e), "wrong_state");
}

TEST(a_promotion_by_hand_that_cannot_be_stored_is_none)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = soaking(2, &r);
	struct deed deed = server_deed("rollout.promote");
	struct err e;

	server_update(s, 0, STEP_CONFIRMED);
	server_update(s, 1, STEP_CONFIRMED);
	server_tick(s, 3600 * 1000);
	db_set_hook(db_no_space, NULL);
	ASSERT_ERR(operate_promote(s->fleet, r, &deed, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	server_tick(s, 1000);
	ck_assert_int_eq(engine_stage(r->engine), 0);
	ck_assert_int_eq(audited_promotes(s), 0);
}

TEST(what_is_paused_or_expired_is_not_promoted_by_hand)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = soaking(1, &r);
	struct deed deed = server_deed("rollout.promote");
	struct err e;

	server_tick(s, 3600 * 1000);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ASSERT_CODE(operate_promote(s->fleet, r, &deed, &e), "wrong_state");
	ASSERT_OK(operate_resume(s->fleet, r, &deed, &e));
	server_tick(s, 30 * FIXTURE_DAY_S * 1000);
	ASSERT_CODE(operate_promote(s->fleet, r, &deed, &e), "plan_expired");
}
