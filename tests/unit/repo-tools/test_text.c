#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/folder/text.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(numbers_are_said_as_people_say_them)
{
	static const struct {
		int64_t value;
		const char *duration, *bytes;
	} rows[] = {
		{0, "0 s", "0 bytes"},
		{1, "1 s", "1 bytes"},
		{90, "90 s", "90 bytes"},
		{5400, "90 min", "5.2 KiB"},
		{21600, "6 h", "21.0 KiB"},
		{86400, "1 d", "84.3 KiB"},
		{1048576, "1048576 s", "1.0 MiB"},
	};
	static const struct {
		int32_t ppm;
		const char *text;
	} shares[] = {{0, "0 %"},        {1, "0.0001 %"},  {5000, "0.5 %"},
	              {20000, "2 %"},    {100000, "10 %"}, {12345, "1.2345 %"},
	              {1000000, "100 %"}};
	char out[TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_str_eq(text_duration(out, rows[i].value),
		                 rows[i].duration);
		ck_assert_str_eq(text_bytes(out, rows[i].value), rows[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		ck_assert_str_eq(text_ppm(out, shares[i].ppm), shares[i].text);
}

TEST(a_long_list_ends_with_an_ellipsis)
{
	struct words l = {.n = 3, .w = {"alpha", "beta", "gamma"}};
	char wide[40], narrow[14];

	ck_assert_str_eq(text_words(wide, sizeof(wide), &l),
	                 "alpha, beta, gamma");
	ck_assert_str_eq(text_words(narrow, sizeof(narrow), &l), "alpha, bet…");
}
