#include "config.h"

#include "server/devices/told.h"
#include "server/store/db.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

static int64_t stored_told(struct server *s)
{
	return engine_trial(s->fleet->live.items[0]->engine, 0)->poll_after_s;
}

TEST(a_device_with_an_open_attempt_is_asked_back_soon_and_that_is_stored)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
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
	struct server *s = server_rolling(2, NULL);
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
