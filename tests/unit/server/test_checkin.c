#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/checkin.h"
#include "server/fleet/show.h"
#include "server/store/db.h"
#include "server/store/devices.h"
#include "tests/support/runner.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

/* n devices and a running rollout. */
static struct server *rolling(size_t n, struct rollout **out)
{
	struct server *s = server_new();
	struct rollout *r;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	r = server_start(s);
	if (out != NULL)
		*out = r;
	return s;
}

TEST(a_hundred_thousand_idle_check_ins_begin_no_statement)
{
	SCOPED(server_free)
	struct server *s = rolling(10, NULL);
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
	struct server *s = rolling(1, &r);
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
	struct server *s = rolling(1, &r);
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
	struct server *s = rolling(1, NULL);
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
	struct server *s = rolling(1, NULL);
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
	struct server *s = rolling(8, &r);
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
	struct server *s = rolling(8, NULL);
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
	struct server *s = rolling(20, &r);
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
	struct server *s = rolling(2, NULL);
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
	struct server *s = rolling(1, &r);
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
	struct server *s = rolling(4, &r);
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
	struct server *s = rolling(2, &r);
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
	struct server *s = rolling(1, &r);
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
	struct server *s = rolling(1, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	s->devices[0].attempt = 0;
	s->devices[0].running = s->plan.release_sha256;
	s->devices[0].version = "2.1.0";
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(engine_trial(r->engine, 0)->step, TRIAL_ACTIVATED);
}

static enum err_kind fail_commits(void *ctx, enum db_op op, const char *what)
{
	(void)ctx;
	(void)what;
	return op == DB_COMMIT ? ERR_NO_SPACE : ERR_NONE;
}

TEST(a_failed_commit_grants_nothing_and_leaves_no_trial)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = rolling(1, &r);
	struct wire_answer a;
	struct cell_counts c;

	db_set_hook(fail_commits, NULL);
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
	struct server *s = rolling(1, &r);
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
	struct server *s = rolling(1, NULL);
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

TEST(last_seen_reaches_the_disk_within_a_minute)
{
	SCOPED(server_free)
	struct server *s = rolling(1, NULL);
	struct device_row row;
	struct err e;

	server_tick(s, 61000);
	server_crash(s);
	ASSERT_OK(devices_find_key(&row, s->fleet->store, 1, &e));
	ck_assert_int_gt(row.last_seen_ms, 0);
	ck_assert_str_eq(row.running.version, "2.0.0");
}

/* Enrolled, and not heard of since. */
static struct server *fresh(void)
{
	struct server *s = server_new();
	struct wire_enrol in = server_enrolment(0);
	struct device_rec r;

	s->devices = xcalloc(1, sizeof(*s->devices));
	s->n_devices = 1;
	s->devices[0].running = FIXTURE_RUNNING;
	s->devices[0].version = "2.0.0";
	memcpy(s->devices[0].id, in.id, sizeof(in.id));
	(void)server_batch(s, "all", SERVER_BATCH_TOKEN, 5);
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert(
		index_by_id(&s->fleet->index, in.id, &s->devices[0].index, &r));
	return s;
}

TEST(after_the_first_answered_check_in_no_crash_lets_it_enrol_again)
{
	SCOPED(server_free)
	struct server *s = fresh();
	struct wire_enrol in = server_enrolment(0);
	struct wire_answer a;
	uint64_t commits = db_commit_count();

	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_str_ne(a.why_code, "");
	ck_assert_uint_eq(db_commit_count() - commits, 1);
	server_crash(s);
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
	ck_assert_str_eq(s->err.code, "enrolled");
	ck_assert_int_eq(s->err.kind, ERR_CONFLICT);
	/* Only the first is written. */
	commits = db_statement_count();
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_uint_eq(db_statement_count(), commits);
}

static void ignore_token(void *ctx, const char *token, const struct err *e)
{
	*(int *)ctx = e == NULL && token != NULL ? 1 : -1;
}

static void ignore_answer(void *ctx, const struct wire_answer *a,
                          const struct err *e)
{
	(void)a;
	*(int *)ctx = e == NULL ? 1 : -1;
}

static void race(bool checkin_first)
{
	SCOPED(server_free)
	struct server *s = fresh();
	int enrolled = 0, answered = 0;
	struct enrol_call again = {.in = server_enrolment(0),
	                           .answer = ignore_token,
	                           .ctx = &enrolled};
	struct checkin_call first = {.device = s->devices[0].index,
	                             .in = server_body(s, 0, WANT_NOTHING),
	                             .answer = ignore_answer,
	                             .ctx = &answered};
	uint64_t commits = db_commit_count();
	struct err e;

	memcpy(again.in.region, (word){"us"}, sizeof(word));
	if (checkin_first)
		ASSERT_OK(checkin_submit(s->fleet, &first, &e));
	ASSERT_OK(enrol_submit(s->fleet, &again, &e));
	if (!checkin_first)
		ASSERT_OK(checkin_submit(s->fleet, &first, &e));
	scribe_turn(&s->fleet->scribe);
	ck_assert_int_eq(answered, 1);
	ck_assert_int_eq(enrolled, checkin_first ? -1 : 1);
	/* The one that came second saw what the first had left. */
	ck_assert_uint_eq(db_commit_count() - commits, checkin_first ? 1 : 2);
	server_crash(s);
	ck_assert_int_eq(server_enrol_as(s, &again.in), -1);
}

TEST(an_enrolment_before_a_first_check_in_lands_before_it)
{
	race(false);
}

TEST(an_enrolment_behind_a_first_check_in_comes_too_late)
{
	race(true);
}

TEST(a_first_check_in_that_is_not_written_is_not_answered_and_not_known)
{
	SCOPED(server_free)
	struct server *s = fresh();
	struct wire_enrol in = server_enrolment(0);
	struct wire_answer a;

	db_set_hook(fail_commits, NULL);
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), -1);
	db_set_hook(NULL, NULL);
	ck_assert_int_eq(s->err.kind, ERR_NO_SPACE);
	ck_assert_int_eq(server_enrol_as(s, &in), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(server_enrol_as(s, &in), -1);
}

static size_t audited(struct server *s)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(1 << 20);
	struct jw w;
	size_t n = 0;
	int64_t next;
	struct err e;

	jw_init(&w, &out);
	ASSERT_OK(show_audit(&w, s->fleet, 0, 1000, &next, &e));
	for (const char *at = buf_str(&out);
	     (at = strstr(at, "device.alarm")) != NULL; at++)
		n++;
	return n;
}

static void complain(struct server *s, const char *alarm)
{
	struct wire_checkin in = server_body(s, 0, WANT_NOTHING);
	struct wire_answer a;

	(void)snprintf(in.alarm, sizeof(in.alarm), "%s", alarm);
	ck_assert_int_eq(server_ask(s, 0, &in, &a), 0);
}

TEST(an_alarm_is_kept_shown_and_audited_and_not_for_each_poll)
{
	SCOPED(server_free)
	struct server *s = rolling(1, NULL);
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(4096);
	uint64_t before;
	struct jw w;

	complain(s, "threshold");
	ck_assert_uint_eq(audited(s), 1);
	before = db_statement_count();
	for (int i = 0; i < 10; i++)
		complain(s, "threshold");
	ck_assert_uint_eq(db_statement_count(), before);
	server_crash(s);
	before = db_statement_count();
	complain(s, "threshold");
	ck_assert_uint_eq(db_statement_count(), before);
	jw_init(&w, &out);
	show_device(&w, s->fleet, 0);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&out), "\"alarm\":{\"code\":\"threshold\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"now\":true"));
	ck_assert_uint_eq(index_alarms(&s->fleet->index), 1);
	complain(s, "battery");
	ck_assert_uint_eq(index_alarms(&s->fleet->index), 1);
	complain(s, "");
	ck_assert_uint_eq(index_alarms(&s->fleet->index), 0);
	buf_reset(&out);
	jw_init(&w, &out);
	show_device(&w, s->fleet, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"now\":false"));
}

TEST(a_device_that_makes_up_alarms_does_not_fill_the_audit_log)
{
	SCOPED(server_free)
	struct server *s = rolling(1, NULL);
	struct device_row row;
	struct err e;

	for (int i = 0; i < 20; i++)
		complain(s, i % 2 == 0 ? "latched" : "threshold");
	ck_assert_uint_eq(audited(s), 1);
	ASSERT_OK(devices_find_key(&row, s->fleet->store, 1, &e));
	ck_assert_str_eq(row.alarm, "threshold");
	server_tick(s, 3600000);
	complain(s, "latched");
	ck_assert_uint_eq(audited(s), 2);
}

static int64_t stored_told(struct server *s)
{
	return engine_trial(s->fleet->live.items[0]->engine, 0)->poll_after_s;
}

TEST(a_device_with_an_open_attempt_is_asked_back_soon_and_that_is_stored)
{
	SCOPED(server_free)
	struct server *s = rolling(2, NULL);
	struct wire_answer a;
	int64_t told;
	uint64_t before;

	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_ge(a.poll_after_s, 900);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	told = a.poll_after_s;
	ck_assert_int_ge(told, ENGINE_POLL_OPEN_S);
	ck_assert_int_le(told, ENGINE_POLL_OPEN_S * 11 / 10);
	ck_assert_int_eq(stored_told(s), told);
	/* It is always told the same: nothing is written. */
	before = db_statement_count();
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_eq(a.poll_after_s, told);
	ck_assert_uint_eq(db_statement_count(), before);
	server_crash(s);
	ck_assert_int_eq(stored_told(s), told);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert_int_eq(a.poll_after_s, told);
	server_report(s, 0, STEP_CONFIRMED, &(struct report_answer){0});
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_ge(a.poll_after_s, 900);
}

TEST(told_otherwise_after_a_change_of_the_configuration_it_is_stored_first)
{
	SCOPED(server_free)
	struct server *s = rolling(2, NULL);
	struct wire_answer a;
	int64_t told;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	told = a.poll_after_s;
	s->config.poll_after_s = 60;
	server_crash(s);
	/* Not asked yet: the old promise counts. */
	ck_assert_int_eq(stored_told(s), told);
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &a), 0);
	ck_assert_int_le(a.poll_after_s, 66);
	ck_assert_int_eq(stored_told(s), a.poll_after_s);
	told = a.poll_after_s;
	server_crash(s);
	ck_assert_int_eq(stored_told(s), told);
	/* With a step in the same check-in, neither is lost. */
	s->config.poll_after_s = 90;
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(a.granted);
	told = a.poll_after_s;
	server_crash(s);
	ck_assert_int_eq(stored_told(s), told);
	ck_assert_int_eq(engine_trial(s->fleet->live.items[0]->engine, 0)->step,
	                 TRIAL_ACTIVATED);
}
