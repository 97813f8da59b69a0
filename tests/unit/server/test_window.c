#include "config.h"

#include "server/roster/window.h"
#include "tests/support/runner.h"

TEST(the_window_judges_each_number_by_its_distance_from_the_mark)
{
	static const struct {
		int64_t seq;
		uint32_t hash;
		enum window_verdict want;
	} rows[] = {
		{1001, 1, WINDOW_NEW},
		{1000 + WINDOW_REACH, 1, WINDOW_NEW},
		{1000 + WINDOW_REACH + 1, 1, WINDOW_FAR},
		{1000, 7, WINDOW_SEEN},
		{1000, 8, WINDOW_CONFLICT},
		{999, 1, WINDOW_NEW},
		{937, 1, WINDOW_NEW},
		{936, 1, WINDOW_LATE},
		{1, 1, WINDOW_LATE},
	};
	struct window w = {0};

	window_take(&w, 1000, 7);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(window_judge(&w, rows[i].seq, rows[i].hash) ==
		                      rows[i].want,
		              "row %zu", i);
}

TEST(a_fresh_window_takes_the_first_number_wherever_a_device_begins)
{
	struct window w = {0};

	ck_assert_int_eq(window_judge(&w, 1, 5), WINDOW_NEW);
	ck_assert_int_eq(window_judge(&w, WINDOW_REACH, 5), WINDOW_NEW);
	ck_assert_int_eq(window_judge(&w, WINDOW_REACH + 1, 5), WINDOW_FAR);
}

TEST(numbers_in_any_order_are_taken_once_each)
{
	static const int64_t order[] = {5, 3, 62, 1, 64, 4, 2, 63};
	struct window w = {0};

	for (size_t i = 0; i < 8; i++) {
		ck_assert_int_eq(window_judge(&w, order[i], 9), WINDOW_NEW);
		window_take(&w, order[i], 9);
		ck_assert_int_eq(window_judge(&w, order[i], 9), WINDOW_SEEN);
	}
	ck_assert_int_eq(w.mark, 64);
}

TEST(bodies_are_compared_for_the_newest_four_numbers_only)
{
	struct window w = {0};

	for (int64_t seq = 1; seq <= 10; seq++)
		window_take(&w, seq, (uint32_t)seq);
	for (int64_t seq = 1; seq <= 10; seq++)
		ck_assert_int_eq(window_judge(&w, seq, 99),
		                 seq > 6 ? WINDOW_CONFLICT : WINDOW_SEEN);
}

TEST(a_jump_of_the_mark_forgets_what_lies_below_the_map)
{
	struct window w = {0};

	window_take(&w, 1, 1);
	window_take(&w, 65, 2);
	ck_assert_int_eq(window_judge(&w, 1, 1), WINDOW_LATE);
	ck_assert_int_eq(window_judge(&w, 2, 1), WINDOW_NEW);
	window_take(&w, 500, 3);
	ck_assert_uint_eq(w.bits, 1);
}
