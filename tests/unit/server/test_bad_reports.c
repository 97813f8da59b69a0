#include "config.h"

#include "lib/base/mem.h"
#include "server/store/reports.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <string.h>

/* doc/bad-input.md: what devices may send that no honest one would, or only
 * one whose world broke. All of it is stored and shown; none of it moves more
 * than it should. */

static struct server *granted(struct rollout **r)
{
	struct server *s = server_new();
	struct wire_answer a;
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	*r = server_start(s);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	return s;
}

static enum trial_step step(const struct rollout *r)
{
	return engine_trial(r->engine, 0)->step;
}

static int64_t stored(struct server *s)
{
	struct err e;
	int64_t n = 0;

	ASSERT_OK(reports_count(&n, s->fleet->store, &e));
	return n;
}

TEST(a_device_that_was_never_offered_anything_moves_no_trial)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;
	struct cell_counts c;

	/* Device 1 asked for nothing; it claims to have failed. */
	s->devices[1].attempt = 7;
	memcpy(s->devices[1].plan, s->plan.sha256, sizeof(s->plan.sha256));
	ck_assert_int_eq(server_report(s, 1, STEP_FAILED, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(stored(s), 1);
	engine_counts(r->engine, &c);
	ck_assert_int_eq(c.trials, 1);
	ck_assert_int_eq(c.failed, 0);
}

TEST(a_report_that_comes_a_year_late_is_stored_and_moves_nothing)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;

	server_tick(s, r->plan->plan.gate.hard_s * 1000 + 1000);
	ck_assert_int_eq(step(r), TRIAL_SILENT);
	clock_manual_advance(&s->clock, 365 * FIXTURE_DAY_S * 1000);
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(stored(s), 1);
	ck_assert_int_eq(step(r), TRIAL_SILENT);
}

TEST(a_ladder_told_from_its_end_stays_at_its_end)
{
	static const enum wire_step steps[] = {STEP_FAILED, STEP_BOOTED,
	                                       STEP_INSTALLED, STEP_DOWNLOADED,
	                                       STEP_STARTED};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		ck_assert_int_eq(server_report(s, 0, steps[i], &a), 0);
		ck_assert_uint_eq(a.n_ack, 1);
		ck_assert_int_eq(step(r), TRIAL_FAILED);
	}
	ck_assert_int_eq(stored(s), (int64_t)ARRAY_LEN(steps));
}

static void contradict(enum wire_step first, enum wire_step second)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;
	struct cell_counts c;

	ck_assert_int_eq(server_report(s, 0, first, &a), 0);
	ck_assert_int_eq(server_report(s, 0, second, &a), 0);
	ck_assert(trial_is_failure(step(r)));
	engine_counts(r->engine, &c);
	ck_assert_int_eq(c.failed, 1);
	ck_assert_int_eq(c.confirmed, 0);
}

TEST(of_good_news_and_then_bad_the_bad_stays)
{
	contradict(STEP_CONFIRMED, STEP_FAILED);
}

TEST(of_bad_news_and_then_good_the_bad_stays)
{
	contradict(STEP_REVERTED, STEP_CONFIRMED);
}

/* Its outbox survived what its slots did not. */
TEST(what_a_device_says_of_an_attempt_before_its_re_install_moves_no_later_one)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;
	struct wire_answer b;
	struct wire_report old = server_report_body(s, 0, STEP_FAILED);

	ck_assert_int_eq(server_report(s, 0, STEP_DEFERRED, &a), 0);
	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &b), 0);
	ck_assert(b.granted);
	ck_assert_int_eq(b.attempt, 2);
	old.items[0].seq = 3;
	ck_assert_int_eq(server_send(s, 0, &old, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(engine_trial(r->engine, 1)->step, TRIAL_GRANTED);
}

/* One that lost its outbox begins at 1 again: numbers the server has seen. */
TEST(a_device_that_lost_its_outbox_goes_on_above_the_mark_it_is_told)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = granted(&r);
	struct report_answer a;
	struct wire_answer b;

	ck_assert_int_eq(server_report(s, 0, STEP_DOWNLOADED, &a), 0);
	s->devices[0].seq = 0;
	ck_assert_int_ne(server_report(s, 0, STEP_FAILED, &a), -1);
	ck_assert_uint_eq(a.n_conflict, 1);
	ck_assert_int_eq(step(r), TRIAL_DOWNLOADED);
	ck_assert_int_eq(server_checkin(s, 0, WANT_NOTHING, &b), 0);
	s->devices[0].seq = b.seq;
	ck_assert_int_eq(server_report(s, 0, STEP_FAILED, &a), 0);
	ck_assert_uint_eq(a.n_ack, 1);
	ck_assert_int_eq(step(r), TRIAL_FAILED);
}
