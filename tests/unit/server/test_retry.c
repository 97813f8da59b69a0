#include "config.h"

#include "server/fleet/retry.h"
#include "server/store/retries.h"
#include "tests/support/db_fail.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

/* Devices 0, 2, … are a7/eu, the others a7/us. */
static struct server *rolling(size_t n)
{
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 1);
	s->plan.stages[0].soak_s = 7 * FIXTURE_DAY_S;
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, n);
	(void)server_start(s);
	return s;
}

/* Ten behind these n confirmed, so that a failure or two halts nothing; then
 * device 0 failed. */
#define CONFIRMED 10
static struct server *one_failed(size_t n)
{
	struct server *s = rolling(n + CONFIRMED);

	for (size_t i = n; i < n + CONFIRMED; i++)
		server_update(s, i, STEP_CONFIRMED);
	server_update(s, 0, STEP_FAILED);
	return s;
}

static int retry(struct server *s, const char *hw, const char *region,
                 int64_t *devices, struct err *e)
{
	struct deed deed = server_deed("rollout.retry");

	return retry_ask(devices, s->fleet, server_newest(s), hw, region, &deed,
	                 e);
}

static void let(struct server *s)
{
	int64_t devices;
	struct err e;

	ASSERT_OK(retry(s, "*", "*", &devices, &e));
}

static void assert_tried(struct server *s, size_t device)
{
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, device, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "tried_before");
}

TEST(a_device_that_failed_is_granted_once_more_when_an_operator_says_so)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	int64_t devices = 0;
	struct wire_answer a;
	struct err e;

	assert_tried(s, 0);
	ASSERT_OK(retry(s, "a7", "eu", &devices, &e));
	ck_assert_int_eq(devices, 1);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(a.attempt, 2);
	server_update(s, 0, STEP_CONFIRMED);
	ck_assert_int_eq(
		engine_trial(server_newest(s)->engine, CONFIRMED + 1)->step,
		TRIAL_CONFIRMED);
}

TEST(a_retry_counts_in_no_gate_and_the_failure_stays)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	struct cell_counts before, after;

	engine_counts(server_newest(s)->engine, &before);
	let(s);
	server_update(s, 0, STEP_CONFIRMED);
	for (int i = 0; i < 2; i++) {
		engine_counts(server_newest(s)->engine, &after);
		ck_assert_int_eq(after.failed, 1);
		ck_assert_int_eq(after.confirmed, before.confirmed);
		ck_assert_int_eq(after.trials, before.trials);
		ck_assert_int_eq(after.uncounted, 1);
		server_crash(s);
	}
}

TEST(failed_retries_halt_nothing)
{
	SCOPED(server_free)
	struct server *s = one_failed(16);

	/* Two failures, each tried six times more. */
	server_update(s, 1, STEP_FAILED);
	for (int i = 0; i < 6; i++) {
		server_tick(s, 1000);
		let(s);
		server_update(s, 0, STEP_FAILED);
		server_update(s, 1, STEP_FAILED);
	}
	server_tick(s, 1000);
	ck_assert_uint_eq(server_newest(s)->n_halts, 0);
}

TEST(a_failure_after_the_word_waits_for_the_next_word)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);

	let(s);
	server_tick(s, 1000);
	server_update(s, 0, STEP_FAILED);
	server_update(s, 2, STEP_FAILED);
	assert_tried(s, 0);
	assert_tried(s, 2);
	server_tick(s, 1000);
	let(s);
	server_update(s, 0, STEP_CONFIRMED);
}

TEST(only_failures_are_tried_again)
{
	SCOPED(server_free)
	struct server *s = one_failed(8);
	int64_t hard_ms = server_newest(s)->plan->plan.gate.hard_s * 1000;
	struct wire_answer a;
	int64_t devices;
	struct err e;

	server_update(s, 1, STEP_CONFIRMED);
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	server_tick(s, hard_ms + 1000);
	ASSERT_OK(retry(s, "*", "*", &devices, &e));
	ck_assert_int_eq(devices, 1);
	assert_tried(s, 2); /* silent */
}

TEST(a_retry_keeps_to_the_cell_that_was_named)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	int64_t devices;
	struct err e;

	server_update(s, 1, STEP_REVERTED);
	s->devices[1].running = s->devices[0].running;
	s->devices[1].version = s->devices[0].version;
	ASSERT_OK(retry(s, "*", "us", &devices, &e));
	ck_assert_int_eq(devices, 1);
	assert_tried(s, 0);
	server_update(s, 1, STEP_CONFIRMED);
}

TEST(a_retry_is_under_the_caps)
{
	SCOPED(server_free)
	struct server *s = rolling(12);
	struct wire_answer a;

	server_update(s, 0, STEP_FAILED);
	/* After a failure where nothing confirmed no more may start, and a
	 * retry is no exception. */
	for (size_t i = 2; i <= 6; i += 2)
		ck_assert_int_eq(server_checkin(s, i, WANT_START, &a), 0);
	ck_assert(!a.granted);
	let(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(!a.granted);
	ck_assert_str_eq(a.why_code, "caution");
}

TEST(a_retry_and_its_word_survive_a_crash)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	struct wire_answer a, b;

	let(s);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &b), 0);
	ck_assert(b.granted);
	ck_assert_int_eq(b.attempt, a.attempt);
	ck_assert_uint_eq(engine_n_trials(server_newest(s)->engine),
	                  CONFIRMED + 2);
}

TEST(a_retry_that_the_device_put_off_may_be_had_again)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	struct report_answer b;
	struct wire_answer a;
	struct cell_counts c;

	let(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_int_eq(server_report(s, 0, STEP_DEFERRED, &b), 0);
	server_crash(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	server_crash(s);
	engine_counts(server_newest(s)->engine, &c);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(c.trials, CONFIRMED + 1);
}

TEST(what_cannot_be_retried_is_said)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	struct deed deed = server_deed("rollout.halt");
	int64_t devices;
	struct err e;

	ASSERT_CODE(retry(s, "z9", "*", &devices, &e), "unknown_scope");
	ASSERT_CODE(retry(s, "a7", "us", &devices, &e), "nothing_to_retry");
	ASSERT_OK(operate_halt(s->fleet, server_newest(s), "a7", "eu", &deed,
	                       &e));
	ASSERT_CODE(retry(s, "a7", "eu", &devices, &e), "cell_halted");
	ASSERT_SAYS("resumes");
	ASSERT_CODE(retry(s, "*", "*", &devices, &e), "nothing_to_retry");
	ASSERT_OK(
		operate_halt(s->fleet, server_newest(s), "*", "*", &deed, &e));
	ASSERT_CODE(retry(s, "*", "*", &devices, &e), "wrong_state");
}

TEST(a_new_revision_forgets_retries_that_were_not_used)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	struct deed deed = server_deed("rollout.resume");
	struct err e;

	let(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	ASSERT_OK(operate_resume(s->fleet, server_newest(s), &deed, &e));
	assert_tried(s, 0);
	let(s);
	server_update(s, 0, STEP_CONFIRMED);
}

TEST(a_retry_that_cannot_be_stored_is_not_granted)
{
	SCOPED(server_free)
	struct server *s = one_failed(4);
	int64_t devices;
	struct err e;

	db_set_hook(db_no_commit, NULL);
	ASSERT_ERR(retry(s, "*", "*", &devices, &e), ERR_NO_SPACE);
	db_set_hook(NULL, NULL);
	assert_tried(s, 0);
}
