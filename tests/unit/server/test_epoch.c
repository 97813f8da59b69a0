#include "config.h"

#include "server/fleet/epoch.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/unit/server/revisions.h"

/* Device 0 of a7/eu failed, 2 was granted; then the cell is resumed. */
static struct server *begun_anew(struct rollout **r)
{
	struct server *s = server_rolling(8, r);
	struct wire_answer a;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	ck_assert(a.granted);
	s->devices[2].attempt = 0;
	server_halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	server_resume(s);
	*r = server_newest(s);
	return s;
}

TEST(a_new_epoch_grants_only_to_devices_not_yet_tried)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = begun_anew(&r);
	struct wire_answer a;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(server_newest(s)->epoch, 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert(!a.granted);
		ck_assert_str_eq(a.why_code, "tried_before");
		if (i == 0)
			server_crash(s);
		else if (i == 1)
			server_restart(s);
	}
	/* What had not activated was void. */
	ck_assert_int_eq(server_checkin(s, 2, WANT_START, &a), 0);
	ck_assert_msg(a.granted, "%s", a.why_text);
	ck_assert_int_eq(server_checkin(s, 4, WANT_START, &a), 0);
	ck_assert(a.granted);
}

TEST(a_renewal_stays_in_its_epoch_and_excludes_the_same_devices)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = begun_anew(&r);
	struct wire_answer a;
	struct err e;

	server_update(s, 4, STEP_CONFIRMED);
	ASSERT_OK(server_publish_revision(s, revisions_resume_nothing, &e));
	server_resume(s);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(server_newest(s)->epoch, 1);
		ck_assert_uint_eq(engine_n_trials(server_newest(s)->engine), 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert_str_eq(a.why_code, "tried_before");
		server_crash(s);
	}
}

TEST(nobody_waits_for_devices_that_an_earlier_epoch_tried)
{
	SCOPED(server_free)
	struct server *s = server_new();
	struct err e;

	server_plan(&s->plan, 2);
	ASSERT_OK(server_publish_first(s, &e));
	server_enrol(s, 4);
	server_tick(s, 61000);
	(void)server_start(s);
	server_update(s, 0, STEP_FAILED);
	server_update(s, 1, STEP_CONFIRMED);
	server_halt(s, "a7", "eu");
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	server_resume(s);
	server_update(s, 2, STEP_CONFIRMED);
	server_update(s, 3, STEP_CONFIRMED);
	server_crash(s);
	server_tick(s, 120000);
	ck_assert_int_eq(engine_stage(server_newest(s)->engine), 1);
}

/* Failures of a7/eu until it halts; the evidence. */
static struct evidence fail_eu(struct server *s, size_t from)
{
	for (size_t i = from; server_newest(s)->n_halts == 0; i += 2)
		server_update(s, i, STEP_FAILED);
	return server_newest(s)->halts[0].evidence;
}

TEST(each_epoch_halves_its_risk_and_the_evidence_says_so)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(40, &r);
	struct evidence first, second;
	struct cell_counts c;
	struct err e;

	first = fail_eu(s, 0);
	ck_assert_int_eq(first.epoch, 0);
	ASSERT_OK(server_publish_revision(s, revisions_resume_eu, &e));
	server_resume(s);
	server_crash(s);
	second = fail_eu(s, 8);
	ck_assert_int_eq(second.epoch, 1);
	ck_assert_int_eq(second.alpha_ppm, first.alpha_ppm);
	ck_assert_int_eq(second.weight_ppm, first.weight_ppm);
	ck_assert_msg(strstr(second.text, "halved 1 x") != NULL, "%s",
	              second.text);
	ck_assert(
		stats_log_e(second.p0_ppm, second.failures, second.trials) >=
		stats_log_bound(second.alpha_ppm, second.weight_ppm / 1e6 / 2));
	server_crash(s);
	ck_assert_int_eq(server_newest(s)->halts[0].evidence.epoch, 1);
	engine_cell_counts(server_newest(s)->engine, 0, &c);
	ck_assert_int_eq(c.bound, second.bound);
}

TEST(a_plan_withdrawn_and_started_anew_is_a_new_epoch)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct wire_answer a;
	struct err e;

	server_update(s, 0, STEP_FAILED);
	revisions_withdraw(s);
	ASSERT_OK(server_publish_revision(s, NULL, &e));
	(void)server_start(s);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(server_newest(s)->epoch, 1);
		ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
		ck_assert_str_eq(a.why_code, "tried_before");
		server_crash(s);
	}
}
