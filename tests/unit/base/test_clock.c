#include "config.h"

#include "lib/base/clock.h"
#include "tests/support/runner.h"

TEST(a_manual_clock_stands_still_until_turned)
{
	struct clock_manual m;

	clock_manual_init(&m, 1000);
	ck_assert_int_eq(clock_utc_ms(&m.clock), 1000);
	ck_assert_int_eq(clock_mono_ms(&m.clock), 0);
	clock_manual_advance(&m, 250);
	ck_assert_int_eq(clock_utc_ms(&m.clock), 1250);
	ck_assert_int_eq(clock_mono_ms(&m.clock), 250);
}

TEST(a_jump_of_the_wall_clock_leaves_the_running_clock_alone)
{
	struct clock_manual m;

	clock_manual_init(&m, 1000);
	clock_manual_advance(&m, 10);
	clock_manual_jump(&m, 5);
	ck_assert_int_eq(clock_utc_ms(&m.clock), 5);
	ck_assert_int_eq(clock_mono_ms(&m.clock), 10);
}

TEST(a_suspended_machine_counts_the_time_and_was_not_awake)
{
	struct clock_manual m;

	clock_manual_init(&m, 1000);
	clock_manual_advance(&m, 10);
	clock_manual_sleep(&m, 500);
	ck_assert_int_eq(clock_utc_ms(&m.clock), 1510);
	ck_assert_int_eq(clock_mono_ms(&m.clock), 510);
	ck_assert_int_eq(clock_awake_ms(&m.clock), 10);
	ck_assert_int_le(clock_awake_ms(&clock_system),
	                 clock_mono_ms(&clock_system));
}

TEST(the_systems_running_clock_does_not_go_back)
{
	int64_t before = clock_mono_ms(&clock_system);

	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_mono_ms(&clock_system);

		ck_assert_int_ge(now, before);
		before = now;
	}
	/* After this file was written, before the year 9999. */
	ck_assert_int_gt(clock_utc_ms(&clock_system), INT64_C(1700000000000));
}
