#include "config.h"

#include "tests/support/days.h"
#include "tests/support/runner.h"

TEST(ninety_days_leave_no_gap_at_any_minute)
{
	const struct days_plan plan = {.seed = 2, .days = 90, .step_min = 1};
	struct days d;

	days_run(&d, &plan);
	ck_assert_int_eq(d.refreshes, 90 * 1440);
	ck_assert_int_gt(d.least_left_s, 3600);
}

TEST(ninety_days_of_many_seeds_leave_no_gap)
{
	for (uint64_t seed = 100; seed < 120; seed++) {
		const struct days_plan plan = {
			.seed = seed, .days = 90, .step_min = 30};
		struct days d;

		days_run(&d, &plan);
		ck_assert_int_gt(d.least_left_s, 3600);
	}
}
