#include "config.h"

#include "lib/base/hex.h"
#include "lib/rollout/bucket.h"
#include "server/fleet/exclude.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <string.h>

static int exclude(struct server *s, const char *id, struct err *e)
{
	struct deed deed = server_deed("rollout.exclude");

	return exclude_device(s->fleet, server_newest(s), id, &deed, e);
}

static int include(struct server *s, const char *id, struct err *e)
{
	struct deed deed = server_deed("rollout.include");

	return exclude_end(s->fleet, server_newest(s), id, &deed, e);
}

static void assert_left_out(struct server *s, size_t device)
{
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, device, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "excluded");
}

TEST(an_excluded_device_stands_in_the_signed_state_until_it_is_let_in)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	const struct state_rule *rule;
	char member[MEMBER_SIZE];
	struct wire_answer a;
	struct err e;

	ASSERT_OK(exclude(s, s->devices[0].hex, &e));
	for (int i = 0; i < 2; i++) {
		rule = server_rule(s, 0);
		bucket_member(member, s->plan.release_sha256,
		              s->devices[0].hex);
		ck_assert_uint_eq(rule->n_exclude, 1);
		ck_assert_str_eq(rule->exclude[0], member);
		assert_left_out(s, 0);
		ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
		ck_assert(a.granted);
		server_crash(s);
	}
	ASSERT_OK(include(s, s->devices[0].hex, &e));
	ck_assert_uint_eq(server_rule(s, 0)->n_exclude, 0);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
}

TEST(an_open_attempt_of_an_excluded_device_is_void)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	struct wire_answer a;
	struct err e;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	ASSERT_OK(exclude(s, s->devices[0].hex, &e));
	ck_assert_int_eq(engine_trial(server_newest(s)->engine, 0)->step,
	                 TRIAL_VOID);
	ck_assert_int_eq(server_checkin(s, 0, WANT_ACTIVATE, &a), 0);
	ck_assert(!a.granted);
	server_crash(s);
	ck_assert_int_eq(engine_trial(server_newest(s)->engine, 0)->step,
	                 TRIAL_VOID);
	ASSERT_OK(include(s, s->devices[0].hex, &e));
	server_update(s, 0, STEP_CONFIRMED);
}

TEST(an_excluded_device_stays_out_of_later_revisions)
{
	SCOPED(server_free)
	struct server *s = server_rolling(4, NULL);
	struct deed deed = server_deed("rollout.resume");
	struct err e;

	ASSERT_OK(exclude(s, s->devices[0].hex, &e));
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_OK(operate_resume(s->fleet, server_newest(s), &deed, &e));
	assert_left_out(s, 0);
	server_crash(s);
	assert_left_out(s, 0);
}

TEST(who_cannot_be_excluded_or_let_in_is_said)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
	struct wire_enrol other = server_enrolment(7);
	char id[33];
	struct err e;

	ASSERT_ERR(exclude(s, "00", &e), ERR_NOT_FOUND);
	ASSERT_ERR(exclude(s, "00000000000000000000000000000000", &e),
	           ERR_NOT_FOUND);
	ASSERT_CODE(include(s, s->devices[0].hex, &e), "not_excluded");
	ASSERT_OK(exclude(s, s->devices[0].hex, &e));
	ASSERT_CODE(exclude(s, s->devices[0].hex, &e), "already_excluded");
	(void)snprintf(other.hw, sizeof(other.hw), "z9");
	ck_assert_int_eq(server_enrol_as(s, &other), 0);
	hex_encode(id, other.id, sizeof(other.id));
	ASSERT_CODE(exclude(s, id, &e), "outside_scope");
}

TEST(at_most_64_devices_are_left_out)
{
	SCOPED(server_free)
	struct server *s = server_rolling(66, NULL);
	struct err e;

	for (size_t i = 0; i < 64; i++)
		ASSERT_OK(exclude(s, s->devices[i].hex, &e));
	ASSERT_CODE(exclude(s, s->devices[64].hex, &e), "too_many_excluded");
	ASSERT_SAYS("64 is the most");
	server_crash(s);
	ck_assert_uint_eq(server_rule(s, 0)->n_exclude, 64);
	ASSERT_OK(include(s, s->devices[3].hex, &e));
	ASSERT_OK(exclude(s, s->devices[64].hex, &e));
}

TEST(what_cannot_be_stored_leaves_nobody_out)
{
	SCOPED(server_free)
	struct server *s = server_rolling(2, NULL);
	struct wire_answer a;
	struct err e;

	db_set_hook(db_no_commit, NULL);
	ASSERT_ERR(exclude(s, s->devices[0].hex, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	ck_assert_uint_eq(server_rule(s, 0)->n_exclude, 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
}
