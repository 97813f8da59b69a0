#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(known_moments_are_read_and_written)
{
	static const struct {
		const char *text;
		int64_t s;
	} vectors[] = {{"1970-01-01T00:00:00Z", 0},
	               {"1970-01-01T00:00:01Z", 1},
	               {"1969-12-31T23:59:59Z", -1},
	               {"2000-02-29T12:00:00Z", 951825600},
	               {"2026-11-20T20:37:00Z", 1795207020},
	               {"2038-01-19T03:14:08Z", INT64_C(2147483648)},
	               {"0001-01-01T00:00:00Z", INT64_C(-62135596800)},
	               {"9999-12-31T23:59:59Z", INT64_C(253402300799)}};

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		char text[RFC3339_SIZE];
		int64_t s = 5;

		ck_assert_int_eq(rfc3339_parse(&s, vectors[i].text), 0);
		ck_assert_int_eq(s, vectors[i].s);
		rfc3339_format(text, s);
		ck_assert_str_eq(text, vectors[i].text);
	}
}

TEST(other_spellings_of_a_time_are_refused)
{
	static const char *const bad[] = {
		"",
		"2026-11-20T20:37:00",
		"2026-11-20T20:37:00z",
		"2026-11-20t20:37:00Z",
		"2026-11-20 20:37:00Z",
		"2026-11-20T20:37:00.0Z",
		"2026-11-20T20:37:00+00:00",
		"2026-11-20T20:37Z",
		"2026-11-20T20:37:60Z",
		"2026-11-20T24:00:00Z",
		"2026-11-20T20:60:00Z",
		"2026-11-31T20:37:00Z",
		"2026-02-29T20:37:00Z",
		"2100-02-29T20:37:00Z",
		"2026-00-20T20:37:00Z",
		"2026-13-20T20:37:00Z",
		"2026-11-00T20:37:00Z",
		"0000-11-20T20:37:00Z",
		"2026-1a-20T20:37:00Z",
		"2026-11-20T20:37:00Z ",
		"+026-11-20T20:37:00Z",
		"-026-11-20T20:37:00Z",
	};
	int64_t s;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(rfc3339_parse(&s, bad[i]) == -1, "'%s'", bad[i]);
}

TEST(every_day_of_four_centuries_comes_back)
{
	int64_t day = -719162; /* 0001-01-01 */
	char before[RFC3339_SIZE] = "";

	for (int i = 0; i < 146097 + 2; i++, day++) {
		char text[RFC3339_SIZE];
		int64_t s;

		rfc3339_format(text, day * 86400 + 86399);
		ck_assert_int_eq(rfc3339_parse(&s, text), 0);
		ck_assert_int_eq(s, day * 86400 + 86399);
		ck_assert_int_lt(strcmp(before, text), 0);
		memcpy(before, text, sizeof(before));
	}
}

TEST(writing_clamps_to_four_digit_years)
{
	char text[RFC3339_SIZE];

	rfc3339_format(text, INT64_MAX);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
	rfc3339_format(text, INT64_MIN);
	ck_assert_str_eq(text, "0001-01-01T00:00:00Z");
}
