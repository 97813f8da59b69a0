#include "config.h"

#include "tests/support/days.h"
#include "tests/support/runner.h"

/* The slow suite has the same at each minute, and many seeds. */
TEST(ninety_days_of_crashes_and_clock_jumps_leave_no_gap)
{
	const struct days_plan plan = {.seed = 1, .days = 90, .step_min = 60};
	struct days d;

	days_run(&d, &plan);
	ck_assert_int_eq(d.refreshes, 90 * 24);
	/* It was a test of something. */
	ck_assert_int_ge(d.crashes, 40);
	ck_assert_int_ge(d.keyless, 8);
	ck_assert_int_ge(d.restarts, 5);
	ck_assert_int_ge(d.jumps, 20);
	ck_assert_int_ge(d.confirmations, 10);
	ck_assert_int_ge(d.changes, 50);
	ck_assert_int_ge(d.versions, 90 * 3);
	ck_assert_int_gt(d.least_left_s, 3600);
}
