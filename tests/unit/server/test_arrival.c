#include "config.h"

#include "lib/base/mem.h"
#include "server/devices/arrival.h"
#include "server/devices/checkin.h"
#include "server/show/show.h"
#include "server/store/db.h"
#include "server/store/devices.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

TEST(last_seen_reaches_the_disk_within_a_minute)
{
	SCOPED(server_free)
	struct server *s = server_rolling(1, NULL);
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

	db_set_hook(db_no_commit, NULL);
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
	struct server *s = server_rolling(1, NULL);
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
	struct server *s = server_rolling(1, NULL);
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
