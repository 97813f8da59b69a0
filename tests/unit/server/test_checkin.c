#include "config.h"

#include "lib/base/mem.h"
#include "server/devices/checkin.h"
#include "server/store/db.h"
#include "server/store/devices.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

TEST(a_hundred_thousand_idle_check_ins_begin_no_statement)
{
	SCOPED(server_free)
	struct server *s = server_rolling(10, NULL);
	struct checkin_call call = {0};
	struct wire_answer a;
	uint64_t before;

	/* 2.1.0 runs already: the rule does not contain the device. */
	for (size_t i = 0; i < 10; i++)
		s->devices[i].version = "2.1.0";
	before = db_statement_count();
	for (int i = 0; i < 100000; i++) {
		size_t d = (size_t)i % 10;

		call.device = s->devices[d].index;
		call.in = server_body(s, d,
		                      i % 3 == 0 ? WANT_START : WANT_NOTHING);
		ck_assert(checkin_idle(s->fleet, &call, &a));
		ck_assert(!a.granted);
	}
	ck_assert_uint_eq(db_statement_count() - before, 0);
}

TEST(a_device_with_nothing_published_is_told_to_come_again)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;

	server_enrol(s, 1);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_int_ge(a.poll_after_s, 900);
	ck_assert_int_le(a.poll_after_s, 990);
	ck_assert_str_ne(a.why_code, "");
}

TEST(a_start_is_granted_stored_and_bound_to_the_plan)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s %s", a.why_code, a.why_text);
	ck_assert_str_eq(a.plan, s->plan.sha256);
	ck_assert_int_eq(a.step, WANT_START);
	ck_assert_int_eq(a.attempt, 1);
	ck_assert_int_eq(a.within_s, 300);
	ck_assert_str_eq(a.nonce, "n");
	ck_assert_uint_eq(engine_n_trials(r->engine), 1);
	ck_assert(engine_trial(r->engine, 0)->counted);
}

TEST(asking_again_gives_the_same_open_attempt)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a, b;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	s->devices[0].attempt = 0;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &b), 0);
		ck_assert(b.granted);
		ck_assert_int_eq(a.attempt, b.attempt);
	}
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &b), 0);
	ck_assert(b.granted);
	ck_assert_int_eq(a.attempt, b.attempt);
	ck_assert_uint_eq(engine_n_trials(s->fleet->live.items[0]->engine), 1);
}

TEST(a_device_behind_the_timestamp_or_root_refreshes_first)
{
	SCOPED(server_free)
	struct server *s = server_rolling(1, NULL);
	struct wire_checkin in = server_body(s, 0, WANT_START);
	struct wire_answer a;

	in.ts--;
	ck_assert_int_eq(server_ask(s, 0, &in, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "stale_metadata");
	in.ts++;
	ck_assert_int_eq(server_ask(s, 0, &in, &a), 0);
	ck_assert(a.granted);
}

TEST(a_plan_that_does_not_decide_here_is_not_granted)
{
	SCOPED(server_free)
	struct server *s = server_rolling(1, NULL);
	struct wire_checkin in = server_body(s, 0, WANT_START);
	struct wire_answer a;

	memcpy(in.plan, FIXTURE_RUNNING, sizeof(in.plan));
	ck_assert_int_eq(server_ask(s, 0, &in, &a), 0);
	ck_assert(!a.granted);
}

TEST(a_cell_has_at_most_three_open_attempts_before_anyone_confirmed)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(8, &r);
	struct wire_answer a;

	for (size_t i = 0; i < 8; i += 2) {
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
		ck_assert_int_eq(a.granted, i < 6);
	}
	ck_assert_str_eq(a.why_code, grant_why_code(GRANT_CAP_CELL));
	/* The other cell has its own three. */
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_uint_eq(engine_n_trials(r->engine), 4);
}

TEST(a_confirmed_device_makes_room_for_the_next)
{
	SCOPED(server_free)
	struct server *s = server_rolling(8, NULL);
	struct report_answer b;
	struct wire_answer a;

	for (size_t i = 0; i < 6; i += 2)
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &b), 0);
	ck_assert_int_eq(server_checkin(s, 6, WANT_START, &a), 0);
	ck_assert(a.granted);
}

TEST(caps_hold_for_devices_that_ask_in_one_batch)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(20, &r);
	struct wire_answer a;

	/* Answers go to nobody: only the engine is looked at. */
	for (size_t i = 0; i < 20; i += 2) {
		struct wire_checkin in = server_body(s, i, WANT_START);

		ck_assert_int_eq(server_ask(s, i, &in, &a), 0);
	}
	ck_assert_uint_eq(engine_n_trials(r->engine), 3);
}

TEST(activate_needs_the_open_attempt)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
	struct wire_checkin in;
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	in = server_body(s, 0, WANT_ACTIVATE);
	in.attempt = a.attempt + 1;
	ck_assert_int_eq(server_ask(s, 0, &in, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "unknown_attempt");
	/* Another device's attempt is not its own. */
	in = server_body(s, 1, WANT_ACTIVATE);
	in.attempt = 1;
	ck_assert_int_eq(server_ask(s, 1, &in, &a), 0);
	ck_assert_str_eq(a.why_code, "unknown_attempt");
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
	ck_assert_int_eq(a.step, WANT_ACTIVATE);
}

TEST(activate_is_told_again_but_written_once)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;
	uint64_t before;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	before = db_commit_count();
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
	ck_assert_uint_eq(db_commit_count(), before);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_ACTIVATED);
}

TEST(a_halted_cell_gets_neither_start_nor_activate)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("rollout.halt");
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(!a.granted);
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
}

TEST(a_pause_denies_start_and_activate_and_resume_allows_them)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(2, &r);
	struct deed deed = server_deed("rollout.pause");
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
	ck_assert(server_rule(s, 0)->hold);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(!a.granted);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ASSERT_OK(operate_resume(s->fleet, r, &deed, &e));
	ck_assert(!server_rule(s, 0)->hold);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
}

TEST(a_device_that_came_back_on_its_old_image_is_a_revert)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	/* It still carries the attempt: it has not restarted yet. */
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_ACTIVATED);
	s->devices[0].attempt = 0;
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_str_eq(a.why_code, "reverted");
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_REVERTED);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_str_eq(a.why_code, "tried_before");
}

TEST(a_device_on_the_new_image_without_its_attempt_is_no_revert)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	s->devices[0].attempt = 0;
	s->devices[0].running = s->plan.release_sha256;
	s->devices[0].version = "2.1.0";
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_ACTIVATED);
}

TEST(a_failed_commit_grants_nothing_and_leaves_no_trial)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;
	struct cell_counts c;

	db_set_hook(db_no_commit, NULL);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), -1);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(s->err.kind, ERR_NO_SPACE);
	ck_assert(!a.granted);
	engine_counts(r->engine, &c);
	ck_assert_int_eq(c.open, 0);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_DISK_FULL, 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_uint_eq(s->fleet->trouble & TROUBLE_DISK_FULL, 0);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
}

TEST(a_device_enrolled_after_the_start_is_served_and_not_counted)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(1, &r);
	struct wire_answer a;

	server_tick(s, 1000);
	server_enrol(s, 1);
	ck_assert_int_eq(server_checkin(s, 1, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert(!engine_trial(r->engine, 0)->counted);
}

TEST(attempts_never_end_in_zero)
{
	SCOPED(server_free)
	struct server *s = server_rolling(1, NULL);
	struct wire_answer a;

	index_edit(&s->fleet->index, s->devices[0].index)->last_attempt = 9;
	index_edit_end(&s->fleet->index);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(a.attempt, 11);
}

TEST(a_stage_contains_the_buckets_below_its_share)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct wire_answer a;
	struct err e;
	size_t in = 0;

	server_plan(&s->plan, 2);
	s->plan.stages[0].ppm = 100000;
	s->plan.stages[1].ppm = PPM;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 40);
	(void)server_start(s);
	for (size_t i = 0; i < 40; i++) {
		bool inside = bucket_of(s->plan.release_sha256,
		                        s->devices[i].hex) < 100000;

		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
		ck_assert(inside || !a.granted);
		in += a.granted;
	}
	ck_assert_uint_ge(in, 1);
}
