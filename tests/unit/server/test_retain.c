#include "config.h"

#include "server/fleet/retain.h"
#include "server/store/reports.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

#define KEEP_S (10 * FIXTURE_DAY_S)
#define KEEP_MS (KEEP_S * 1000)
#define DAY_MS (FIXTURE_DAY_S * 1000)

/* One device; reports are kept for ten days. */
static struct server *keeping(void)
{
	struct server *s = server_new();
	struct err e;

	s->config.report_keep_s = s->fleet->config.report_keep_s = KEEP_S;
	/* A plan that outlives all days of these tests. */
	server_plan(&s->plan, 1);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 1);
	return s;
}

static void add(struct server *s, int64_t n, int64_t received_ms)
{
	struct report_row r = {
		.device = 1, .received_ms = received_ms, .step = "started"};
	struct err e;

	ASSERT_OK(store_begin(s->fleet->store, &e));
	for (int64_t i = 0; i < n; i++) {
		r.seq = i;
		ASSERT_OK(reports_add(s->fleet->store, &r, &e));
	}
	ASSERT_OK(store_commit(s->fleet->store, &e));
	s->fleet->stored += (uint64_t)n;
}

static int64_t left(struct server *s)
{
	int64_t n = 0;
	struct err e;

	ASSERT_OK(reports_count(&n, s->fleet->store, &e));
	ck_assert_uint_eq(s->fleet->stored, (uint64_t)n);
	return n;
}

static int64_t now(struct server *s)
{
	return fleet_now_ms(s->fleet);
}

TEST(old_reports_go_in_bounded_steps_and_young_ones_stay)
{
	SCOPED(server_free)
	struct server *s = keeping();

	add(s, RETAIN_ROWS + 5, now(s) - KEEP_MS - 1);
	add(s, 7, now(s) - KEEP_MS + DAY_MS);
	server_tick(s, 60000);
	ck_assert_int_eq(left(s), 12);
	/* There was more: the next second, not the next minute. */
	server_tick(s, 1000);
	ck_assert_int_eq(left(s), 7);
	server_tick(s, 1000);
	ck_assert_int_eq(left(s), 7);
	server_tick(s, DAY_MS);
	/* The newest row stays, so that numbers go on rising. */
	ck_assert_int_eq(left(s), 1);
}

TEST(without_a_limit_nothing_goes)
{
	SCOPED(server_free)
	struct server *s = keeping();

	s->fleet->config.report_keep_s = 0;
	add(s, 3, 1);
	server_tick(s, 60000);
	ck_assert_int_eq(left(s), 3);
}

TEST(what_an_open_rollout_saw_stays_until_its_plan_expired)
{
	SCOPED(server_free)
	struct server *s = keeping();
	struct rollout *r;
	int64_t days = 0;

	add(s, 4, now(s) - KEEP_MS);
	r = server_start(s);
	add(s, 3, now(s));
	server_tick(s, KEEP_MS + DAY_MS);
	ck_assert(rollout_is_listed(r, now(s) / 1000));
	ck_assert_int_eq(left(s), 3);
	for (; rollout_is_listed(r, now(s) / 1000); days++)
		server_tick(s, DAY_MS);
	server_tick(s, DAY_MS);
	ck_assert_int_gt(days, 0);
	ck_assert_int_eq(left(s), 1);
}

TEST(what_an_open_attempt_reported_stays)
{
	SCOPED(server_free)
	struct server *s = keeping();
	struct rollout *r = server_start(s);
	struct wire_answer a;
	int64_t granted, before;
	struct err e;

	server_tick(s, 1000);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s %s", a.why_code, a.why_text);
	granted = engine_trial(r->engine, 0)->granted_ms;
	/* Superseded: devices are told nothing of it any more. */
	engine_set_state(r->engine, ROLLOUT_SUPERSEDED);
	ASSERT_OK(retain_before(&before, s->fleet, now(s) + 2 * KEEP_MS, &e));
	ck_assert_int_eq(before, granted);
	(void)engine_move(r->engine, 0, TRIAL_VOID, now(s));
	ASSERT_OK(retain_before(&before, s->fleet, now(s) + 2 * KEEP_MS, &e));
	ck_assert_int_eq(before, now(s) + KEEP_MS);
}

TEST(what_led_to_a_halt_stays_as_long_again)
{
	SCOPED(server_free)
	struct server *s = keeping();
	struct rollout *r = server_start(s);
	struct deed deed = server_deed("rollout.halt");
	int64_t began = r->began_ms, halted, before;
	struct err e;

	server_tick(s, 5 * DAY_MS);
	ASSERT_OK(operate_halt(s->fleet, r, "*", "*", &deed, &e));
	halted = now(s);
	engine_set_state(r->engine, ROLLOUT_SUPERSEDED);
	ASSERT_OK(retain_before(&before, s->fleet, halted + KEEP_MS - 1, &e));
	ck_assert_int_eq(before, began);
	ASSERT_OK(retain_before(&before, s->fleet, halted + KEEP_MS + 5, &e));
	ck_assert_int_eq(before, halted + 5);
}

static enum err_kind fail_commits(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_COMMIT ? ERR_IO : ERR_NONE;
}

TEST(a_step_that_fails_forgets_nothing_and_is_tried_again)
{
	SCOPED(server_free)
	struct server *s = keeping();

	add(s, 3, now(s) - KEEP_MS - DAY_MS);
	db_set_hook(fail_commits, NULL);
	server_tick(s, 60000);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(left(s), 3);
	server_tick(s, 1000);
	ck_assert_int_eq(left(s), 3);
	server_tick(s, 60000);
	ck_assert_int_eq(left(s), 1);
}
