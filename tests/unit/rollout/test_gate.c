#include "config.h"

#include "lib/rollout/gate.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define T0_MS (FIXTURE_T0_S * 1000)
#define DAY_MS (FIXTURE_DAY_S * 1000)

static struct plan plan;
static char text[240];

/* Stage 0, all met: soaked, the next date is here, 20 confirmed. */
static struct gate_facts ready(void)
{
	struct gate_facts f = {
		.since_ms = T0_MS,
		.now_ms = T0_MS + DAY_MS,
		.confirmed = 20,
	};

	fixture_plan(&plan);
	for (size_t i = 0; i < PLAN_STAGES_MAX; i++)
		f.reach[i] = -1;
	return f;
}

static enum gate_verdict decide(const struct gate_facts *f)
{
	return gate_decide(&plan, f, text, sizeof(text));
}

#define ASSERT_WAITS(f, why)                                          \
	do {                                                          \
		ck_assert_int_eq(decide(f), GATE_WAIT);               \
		ck_assert_msg(strstr(text, why) != NULL, "%s", text); \
	} while (0)

TEST(a_stage_is_promoted_when_everything_is_met)
{
	struct gate_facts f = ready();

	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
	ck_assert_str_eq(text, "stage 1: soaked 3600 s, 20 confirmed");
}

TEST(a_stage_waits_for_its_soak)
{
	struct gate_facts f = ready();

	plan.stages[1].not_before_s = FIXTURE_T0_S;
	f.now_ms = T0_MS + HOUR_MS - 1;
	ASSERT_WAITS(&f, "soak until 2026-11-20T01:00:00Z");
	f.now_ms = T0_MS + HOUR_MS;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(a_soak_begins_no_earlier_than_its_stage_opens)
{
	struct gate_facts f = ready();

	f.since_ms = T0_MS - 10 * HOUR_MS;
	f.now_ms = T0_MS;
	ASSERT_WAITS(&f, "soak until 2026-11-20T01:00:00Z");
}

TEST(a_stage_waits_for_the_date_of_the_next)
{
	struct gate_facts f = ready();

	f.now_ms = T0_MS + DAY_MS - 1;
	ASSERT_WAITS(&f, "the next stage's date 2026-11-21T00:00:00Z");
}

TEST(a_stage_waits_for_enough_confirmed)
{
	struct gate_facts f = ready();

	f.confirmed = 19;
	ASSERT_WAITS(&f, "19 of 20 confirmed");
}

TEST(what_it_waits_for_is_said_in_one_sentence)
{
	struct gate_facts f = ready();

	f.confirmed = 0;
	f.now_ms = T0_MS;
	ck_assert_int_eq(decide(&f), GATE_WAIT);
	ck_assert_str_eq(text,
	                 "soak until 2026-11-20T01:00:00Z; the next stage's "
	                 "date 2026-11-21T00:00:00Z; 0 of 20 confirmed, "
	                 "at the latest 2026-11-27T01:00:00Z");
}

TEST(a_hold_is_waited_for_by_its_scope)
{
	struct gate_facts f = ready();

	f.holds = 1;
	word_set(f.hold_hw, "a7");
	word_set(f.hold_region, "eu");
	ck_assert_int_eq(decide(&f), GATE_WAIT);
	ck_assert_str_eq(text, "the hold of a7/eu to lift");
	f.holds = 3;
	word_set(f.hold_hw, "*");
	ck_assert_int_eq(decide(&f), GATE_WAIT);
	ck_assert_str_eq(text, "3 holds to lift, the widest of region eu");
}

TEST(min_confirmed_is_lowered_to_the_devices_there_are)
{
	struct gate_facts f = ready();

	f.reach[0] = 7;
	f.confirmed = 6;
	ASSERT_WAITS(&f, "6 of 7 confirmed");
	f.confirmed = 7;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(more_devices_than_wanted_do_not_raise_min_confirmed)
{
	struct gate_facts f = ready();

	f.reach[0] = 5000;
	f.confirmed = 20;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(a_device_that_failed_is_not_waited_for)
{
	struct gate_facts f = ready();

	f.reach[0] = 7;
	f.confirmed = 6;
	f.failed = 1;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
	f.reach[0] = 0;
	f.confirmed = 0;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(devices_that_do_not_come_are_waited_for_a_week_after_the_soak)
{
	struct gate_facts f = ready();

	f.confirmed = 3;
	f.reach[0] = 20;
	f.now_ms = T0_MS + HOUR_MS + 7 * DAY_MS - 1;
	ASSERT_WAITS(&f, "3 of 20 confirmed, at the latest "
	                 "2026-11-27T01:00:00Z");
	f.now_ms++;
	f.open_counted = 1;
	ASSERT_WAITS(&f, "3 of 20 confirmed");
	f.open_counted = 0;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(where_nobody_came_an_operator_says_that_it_goes_on)
{
	struct gate_facts f = ready();

	f.confirmed = 0;
	f.reach[0] = 20;
	f.now_ms = T0_MS + HOUR_MS + 7 * DAY_MS;
	ASSERT_WAITS(&f, "nobody came in a week, an operator may promote it");
	f.by_hand_to = 1;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(a_device_that_its_batchs_share_keeps_out_is_not_waited_for)
{
	struct gate_facts f = ready();

	f.reach[0] = 30;
	f.confirmed = 9;
	f.kept_out = 20;
	ASSERT_WAITS(&f, "9 of 10 confirmed");
	f.kept_out = 21;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
}

TEST(a_stage_that_adds_no_device_passes_and_says_so)
{
	struct gate_facts f = ready();

	f.stage = 1;
	f.since_ms = T0_MS + DAY_MS;
	f.now_ms = T0_MS + 2 * DAY_MS;
	f.reach[0] = f.reach[1] = 9;
	f.confirmed = 3;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
	ck_assert_str_eq(text,
	                 "stage 2: soaked 3600 s, 3 confirmed, adds no device");
	f.reach[1] = 10;
	ASSERT_WAITS(&f, "3 of 10 confirmed");
}

TEST(an_empty_first_stage_passes_too)
{
	struct gate_facts f = ready();

	f.confirmed = 0;
	f.reach[0] = 0;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
	ck_assert(strstr(text, "adds no device") != NULL);
}

TEST(promotion_by_hand_waits_for_an_operator)
{
	struct gate_facts f = ready();

	plan.gate.promote_by_hand = true;
	ASSERT_WAITS(&f, "an operator (promote: hand)");
	f.by_hand_to = 1;
	ck_assert_int_eq(decide(&f), GATE_PROMOTE);
	f.confirmed = 0;
	ASSERT_WAITS(&f, "0 of 20 confirmed");
}

TEST(an_operator_skips_the_rest_of_a_soak_and_nothing_else)
{
	struct gate_facts f = ready();

	for (int hand = 0; hand < 2; hand++) {
		f = ready();
		plan.gate.promote_by_hand = hand;
		plan.stages[1].not_before_s = FIXTURE_T0_S + 60;
		f.by_hand_to = 1;
		f.now_ms = T0_MS + 59999;
		ASSERT_WAITS(&f, "the next stage's date");
		f.now_ms = T0_MS + 60000;
		ck_assert_int_eq(decide(&f), GATE_PROMOTE);
		ck_assert_str_eq(text, "stage 1: an operator ended its soak of "
		                       "3600 s, 20 confirmed");
		f.confirmed = 3;
		ASSERT_WAITS(&f, "3 of 20 confirmed");
		f.confirmed = 20;
		f.by_hand_to = 0;
		ASSERT_WAITS(&f, "soak until");
	}
}

TEST(nobody_skips_the_watch)
{
	struct gate_facts f = ready();

	f.stage = 2;
	f.by_hand_to = 3;
	f.since_ms = T0_MS + 2 * DAY_MS;
	f.now_ms = f.since_ms + HOUR_MS - 1;
	ASSERT_WAITS(&f, "the watch until");
}

TEST(an_operator_lets_through_one_stage_at_a_time)
{
	struct gate_facts f = ready();

	plan.gate.promote_by_hand = true;
	f.stage = 1;
	f.by_hand_to = 1;
	f.now_ms = T0_MS + 2 * DAY_MS;
	ASSERT_WAITS(&f, "an operator");
}

TEST(an_expired_plan_is_not_promoted)
{
	struct gate_facts f = ready();

	f.now_ms = plan.expires_s * 1000;
	ASSERT_WAITS(&f, "a renewed plan, this one expired");
}

TEST(the_last_stage_is_watched_and_then_complete)
{
	struct gate_facts f = ready();

	f.stage = 2;
	f.since_ms = T0_MS + 2 * DAY_MS;
	f.now_ms = f.since_ms + HOUR_MS - 1;
	ASSERT_WAITS(&f, "the watch until 2026-11-22T01:00:00Z");
	f.now_ms = f.since_ms + HOUR_MS;
	ck_assert_int_eq(decide(&f), GATE_COMPLETE);
	ck_assert_str_eq(text, "the watch of 3600 s ended");
}
