#include "config.h"

#include "lib/base/mem.h"
#include "server/repo/signtime.h"
#include "tests/support/runner.h"

#define T0 INT64_C(1767225600000)
#define MINUTE INT64_C(60000)
#define DAY (INT64_C(1440) * MINUTE)

TEST(a_clock_that_drifts_by_five_minutes_is_believed_and_a_second_more_is_not)
{
	static const struct {
		int64_t off_ms;
		enum signtime_doubt want;
	} rows[] = {{0, SIGNTIME_FINE},
	            {5 * MINUTE, SIGNTIME_FINE},
	            {-5 * MINUTE, SIGNTIME_FINE},
	            {5 * MINUTE + 1000, SIGNTIME_AHEAD},
	            {-5 * MINUTE - 1000, SIGNTIME_BACK},
	            {DAY, SIGNTIME_AHEAD},
	            {-7300 * DAY, SIGNTIME_BACK}};
	struct clock_manual c;
	struct signtime t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t off;

		clock_manual_init(&c, T0);
		signtime_start(&t, 0, &c.clock);
		clock_manual_advance(&c, 8 * 60 * MINUTE);
		clock_manual_jump(&c, c.utc + rows[i].off_ms);
		ck_assert_int_eq(signtime_doubt(&t, &c.clock, &off),
		                 rows[i].want);
		ck_assert_int_eq(off, rows[i].off_ms);
	}
}

TEST(the_words_say_which_way_how_far_and_who_must_act)
{
	struct clock_manual c;
	struct signtime t;
	struct err e;

	clock_manual_init(&c, T0);
	signtime_start(&t, 0, &c.clock);
	ASSERT_OK(signtime_check(&t, &c.clock, &e));
	clock_manual_jump(&c, T0 - 3600 * 1000);
	ASSERT_CODE(signtime_check(&t, &c.clock, &e), "clock_jump");
	ASSERT_SAYS("jumped back");
	ASSERT_SAYS("(3600 s)");
	ASSERT_SAYS("pawlctl clock confirm");
	clock_manual_jump(&c, T0 + 3600 * 1000);
	ASSERT_CODE(signtime_check(&t, &c.clock, &e), "clock_jump");
	ASSERT_SAYS("jumped forward");
}

TEST(a_jump_that_goes_back_by_itself_is_forgotten)
{
	struct clock_manual c;
	struct signtime t;
	struct err e;

	clock_manual_init(&c, T0);
	signtime_start(&t, 0, &c.clock);
	clock_manual_jump(&c, T0 + DAY);
	ASSERT_CODE(signtime_check(&t, &c.clock, &e), "clock_jump");
	clock_manual_jump(&c, T0);
	ASSERT_OK(signtime_check(&t, &c.clock, &e));
}

TEST(a_suspension_is_a_jump_because_only_the_clock_in_doubt_saw_it)
{
	struct clock_manual c;
	struct signtime t;
	struct err e;

	clock_manual_init(&c, T0);
	signtime_start(&t, 0, &c.clock);
	clock_manual_sleep(&c, 4 * MINUTE);
	ASSERT_OK(signtime_check(&t, &c.clock, &e));
	clock_manual_sleep(&c, 4 * MINUTE);
	ASSERT_CODE(signtime_check(&t, &c.clock, &e), "clock_jump");
	ASSERT_SAYS("suspended");
	ASSERT_SAYS("(480 s)");
	signtime_set(&t, &c.clock);
	ASSERT_OK(signtime_check(&t, &c.clock, &e));
}

TEST(at_start_the_clock_stands_between_the_last_signing_and_45_days_after)
{
	static const struct {
		int64_t off_ms;
		enum signtime_doubt want;
	} rows[] = {{0, SIGNTIME_FINE},
	            {45 * DAY, SIGNTIME_FINE},
	            {45 * DAY + 1, SIGNTIME_LONG_AFTER},
	            {-1, SIGNTIME_BEFORE},
	            {-20 * 365 * DAY, SIGNTIME_BEFORE}};
	struct clock_manual c;
	struct signtime t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_manual_init(&c, T0 + rows[i].off_ms);
		signtime_start(&t, T0, &c.clock);
		ck_assert_int_eq(signtime_doubt(&t, &c.clock, NULL),
		                 rows[i].want);
	}
}

TEST(a_start_with_a_wrong_clock_waits_until_it_is_set_right_or_confirmed)
{
	struct clock_manual c;
	struct signtime t;

	clock_manual_init(&c, T0 - DAY);
	signtime_start(&t, T0, &c.clock);
	clock_manual_advance(&c, 60 * MINUTE);
	ck_assert_int_eq(signtime_doubt(&t, &c.clock, NULL), SIGNTIME_BEFORE);
	/* What the running clock makes of it. */
	ck_assert_int_eq(signtime_now_ms(&t, &c.clock), T0 + 60 * MINUTE);
	clock_manual_jump(&c, T0 + 3 * DAY);
	ck_assert_int_eq(signtime_doubt(&t, &c.clock, NULL), SIGNTIME_FINE);
	ck_assert_int_eq(signtime_now_ms(&t, &c.clock), T0 + 3 * DAY);
	clock_manual_jump(&c, T0 - DAY);
	signtime_set(&t, &c.clock);
	ck_assert_int_eq(signtime_doubt(&t, &c.clock, NULL), SIGNTIME_FINE);
	ck_assert_int_eq(signtime_now_ms(&t, &c.clock), T0 - DAY);
}
