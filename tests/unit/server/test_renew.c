#include "config.h"

#include "lib/base/mem.h"
#include "server/fleet/renew.h"
#include "server/store/audit.h"
#include "tests/support/runner.h"
#include "tests/support/server_devices.h"
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

static const struct file *timestamp(struct server *s)
{
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);

	return online_role(view_online(v), "timestamp");
}

static int64_t left_s(struct server *s)
{
	return file_expires_s(timestamp(s)) - fleet_now_s(s->fleet);
}

static bool halted_eu(struct server *s)
{
	const struct state_rule *r = server_rule(s, 0);

	return cells_match(r->halted, r->n_halted, "a7", "eu");
}

static void jump(struct server *s, int64_t ms)
{
	clock_manual_jump(&s->clock, s->clock.utc + ms);
}

/* For the next one to begin afresh. */
static void end(struct server *s)
{
	SCOPED(free)
	char *command = xasprintf("rm -rf '%s' '%s'", test_path("data"),
	                          test_path("keys"));

	server_free(s);
	if (system(command) != 0)
		ck_abort_msg("%s", command);
}

TEST(jitter_only_makes_the_interval_shorter_and_at_most_by_a_tenth)
{
	const struct online_lives lives = {86400, 86400, 86400, 0};
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	int32_t least = ONLINE_EARLY_MAX_PPM, most = 0;
	SCOPED(view_put)
	struct view *v = view_get(&s->fleet->view);
	int64_t now = fleet_now_s(s->fleet);

	for (int i = 0; i < 1000; i++) {
		renew_draw(s->fleet);
		least = s->fleet->early_ppm < least ? s->fleet->early_ppm
		                                    : least;
		most = s->fleet->early_ppm > most ? s->fleet->early_ppm : most;
	}
	ck_assert_int_lt(least, ONLINE_EARLY_MAX_PPM / 50);
	ck_assert_int_gt(most, ONLINE_EARLY_MAX_PPM / 50 * 49);
	ck_assert_int_lt(most, ONLINE_EARLY_MAX_PPM);
	ck_assert(!online_is_due(view_online(v), &lives, 0, now + 28799));
	ck_assert(online_is_due(view_online(v), &lives, 0, now + 28800));
	ck_assert(!online_is_due(view_online(v), &lives, most, now + 25919));
	ck_assert(online_is_due(view_online(v), &lives, 50000, now + 27360));
}

TEST(an_interval_of_one_s_own_is_kept)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	int64_t version = timestamp(s)->version;

	s->fleet->config.lives.refresh_s = 3600;
	server_tick(s, 54 * 60 * 1000 - 1000);
	ck_assert_int_eq(timestamp(s)->version, version);
	server_tick(s, 6 * 60 * 1000 + 1000);
	ck_assert_int_gt(timestamp(s)->version, version);
}

TEST(a_jump_in_either_direction_stops_renewal_until_it_is_confirmed)
{
	static const int64_t jumps[] = {2 * DAY_MS, -2 * DAY_MS, 6 * 60000,
	                                -6 * 60000};

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		struct rollout *r;
		struct server *s = server_rolling(4, &r);
		struct deed deed = server_deed("clock.confirm");
		struct err e;
		int64_t version = timestamp(s)->version;

		jump(s, jumps[i]);
		server_tick(s, 1000);
		ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
		server_tick(s, 9 * HOUR_MS);
		ck_assert_int_eq(timestamp(s)->version, version);
		ASSERT_CODE(operate_pause(s->fleet, r, &deed, &e),
		            "clock_jump");
		ck_assert_int_eq(engine_state(r->engine), ROLLOUT_RUNNING);
		ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
		ck_assert_uint_eq(s->fleet->trouble, 0);
		ck_assert_int_gt(timestamp(s)->version, version);
		ck_assert_int_eq(left_s(s), 86400);
		ASSERT_OK(operate_pause(s->fleet, r, &deed, &e));
		end(s);
	}
}

TEST(a_clock_that_comes_back_by_itself_needs_nobody)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);

	jump(s, DAY_MS);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
	jump(s, -DAY_MS);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
}

TEST(a_halt_goes_out_in_spite_of_the_clock_with_the_expiry_that_stands)
{
	static const int64_t jumps[] = {30 * DAY_MS, -30 * DAY_MS};

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		struct rollout *r;
		struct server *s = server_rolling(4, &r);
		struct deed deed = server_deed("rollout.halt");
		struct err e;
		int64_t expires = file_expires_s(timestamp(s));
		int64_t version = timestamp(s)->version;

		jump(s, jumps[i]);
		server_tick(s, 1000);
		ASSERT_OK(operate_halt(s->fleet, r, "a7", "eu", &deed, &e));
		ck_assert(halted_eu(s));
		ck_assert_int_gt(timestamp(s)->version, version);
		ck_assert_int_eq(file_expires_s(timestamp(s)), expires);
		ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
		/* Even when that expiry is over by any clock. */
		server_tick(s, 30 * HOUR_MS);
		ASSERT_OK(operate_halt(s->fleet, r, "a7", "us", &deed, &e));
		ck_assert_int_eq(file_expires_s(timestamp(s)), expires);
		end(s);
	}
}

TEST(a_jump_forward_ends_no_trial_by_silence)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, 0, WANT_START, &a), 0);
	ck_assert(a.granted);
	jump(s, 20 * DAY_MS);
	server_tick(s, 1000);
	server_tick(s, 1000);
	ck_assert(trial_is_open(engine_trial(r->engine, 0)->step));
}

static struct server *rolling_on_the_third_day(void)
{
	struct server *s = server_new();
	struct err e;

	ASSERT_OK(server_publish_first(s, &e));
	for (int hours = 0; hours < 48; hours += 12)
		server_tick(s, 12 * HOUR_MS);
	server_enrol(s, 4);
	(void)server_start(s);
	return s;
}

static enum trial_step step_of(const struct rollout *r, size_t trial)
{
	return engine_trial(r->engine, trial)->step;
}

/* Trials of devices 0 and 1 are past every deadline since this moment. */
static void heard_from_now_on(struct server *s, const struct rollout *r)
{
	struct report_answer b;

	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble & TROUBLE_CLOCK, 0);
	ck_assert_int_eq(step_of(r, 0), TRIAL_INSTALLED);
	server_tick(s, r->plan->plan.gate.soft_s * 1000 - 2000);
	ck_assert_int_eq(step_of(r, 1), TRIAL_INSTALLED);
	ck_assert_uint_eq(r->n_halts, 0);
	s->devices[0].running = FIXTURE_RELEASE;
	ck_assert_int_eq(server_report(s, 0, STEP_CONFIRMED, &b), 0);
	server_tick(s, 2000);
	ck_assert_int_eq(step_of(r, 0), TRIAL_CONFIRMED);
	/* Who was not heard of then either is silent. */
	ck_assert_int_eq(step_of(r, 1), TRIAL_SILENT);
}

static void install(struct server *s, size_t device)
{
	struct report_answer b;
	struct wire_answer a;

	ck_assert_int_eq(server_checkin(s, device, WANT_START, &a), 0);
	ck_assert(a.granted);
	ck_assert_int_eq(server_report(s, device, STEP_INSTALLED, &b), 0);
}

TEST(devices_may_be_heard_of_after_a_suspension_or_a_jump_was_confirmed)
{
	for (int suspended = 0; suspended <= 1; suspended++) {
		struct server *s = rolling_on_the_third_day();
		const struct rollout *r = server_newest(s);
		int64_t hard_ms = s->plan.gate.hard_s * 1000;
		struct deed deed = server_deed("clock.confirm");
		struct err e;

		install(s, 0);
		install(s, 1);
		if (suspended)
			clock_manual_sleep(&s->clock, hard_ms);
		else
			jump(s, hard_ms);
		server_tick(s, 1000);
		ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
		ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
		heard_from_now_on(s, r);
		end(s);
	}
}

/* What was granted meanwhile was granted in another year. */
TEST(devices_may_be_heard_of_after_a_clock_that_was_behind_is_right_again)
{
	SCOPED(server_free)
	struct server *s = rolling_on_the_third_day();
	const struct rollout *r = server_newest(s);

	jump(s, -DAY_MS);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
	install(s, 0);
	install(s, 1);
	jump(s, DAY_MS);
	heard_from_now_on(s, r);
}

TEST(what_a_clock_ahead_has_signed_is_renewed_when_it_is_right_again)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("clock.confirm");
	struct err e;

	jump(s, 365 * DAY_MS / 4);
	ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
	jump(s, -365 * DAY_MS / 4);
	ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
	ck_assert_int_eq(left_s(s), 86400);
}

TEST(a_start_before_the_last_signing_or_long_after_it_waits)
{
	static const int64_t jumps[] = {-HOUR_MS, 46 * DAY_MS};

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		struct rollout *r;
		struct server *s = server_rolling(4, &r);
		struct deed deed = server_deed("clock.confirm");
		struct err e;
		int64_t expires = file_expires_s(timestamp(s));

		jump(s, jumps[i]);
		server_restart(s);
		server_tick(s, 1000);
		ck_assert_uint_ne(s->fleet->trouble & TROUBLE_CLOCK, 0);
		ck_assert_int_eq(file_expires_s(timestamp(s)), expires);
		ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
		ck_assert_uint_eq(s->fleet->trouble & TROUBLE_CLOCK, 0);
		ck_assert_int_eq(left_s(s), 86400);
		end(s);
	}
}

TEST(a_start_with_a_wrong_clock_goes_on_when_it_is_set_right)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);

	jump(s, -7 * DAY_MS);
	server_restart(s);
	ck_assert_uint_ne(s->fleet->trouble & TROUBLE_CLOCK, 0);
	jump(s, 7 * DAY_MS + HOUR_MS);
	server_tick(s, 1000);
	server_tick(s, 6000);
	ck_assert_uint_eq(s->fleet->trouble, 0);
	/* From here on it is measured like any other. */
	jump(s, HOUR_MS);
	server_tick(s, 1000);
	ck_assert_uint_eq(s->fleet->trouble, TROUBLE_CLOCK);
}

TEST(a_clock_that_is_not_in_doubt_is_not_confirmed)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("clock.confirm");
	struct err e;

	ASSERT_CODE(renew_confirm_clock(s->fleet, &deed, &e), "clock_fine");
}

static int newest(void *ctx, const struct audit_row *a, struct err *e)
{
	(void)e;
	if (strcmp(a->action, "clock.confirm") == 0)
		*(char **)ctx = test_keep(
			xasprintf("%s %s %s", a->actor, a->reason, a->detail));
	return 0;
}

TEST(a_confirmation_is_in_the_audit_log_with_what_was_confirmed)
{
	struct rollout *r;
	SCOPED(server_free)
	struct server *s = server_rolling(4, &r);
	struct deed deed = server_deed("clock.confirm");
	char *said = NULL;
	struct err e;

	jump(s, -HOUR_MS);
	ASSERT_OK(renew_confirm_clock(s->fleet, &deed, &e));
	ASSERT_OK(
		audit_page(s->fleet->store, INT64_MAX, 100, newest, &said, &e));
	ck_assert_ptr_nonnull(said);
	ck_assert_str_eq(said, "alice a test {\"off_s\":-3600}");
}
