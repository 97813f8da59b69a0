#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(a_number_is_digits_within_its_range)
{
	struct err e;
	int64_t n;

	ASSERT_OK(num_i64(&n, "0", 0, 9, "tries", &e));
	ck_assert_int_eq(n, 0);
	ASSERT_OK(num_i64(&n, "9223372036854775807", 0, INT64_MAX, "x", &e));
	ck_assert_int_eq(n, INT64_MAX);
	ASSERT_ERR(num_i64(&n, "10", 0, 9, "tries", &e), ERR_INVALID);
	ASSERT_SAYS("tries: '10' is not within 0 to 9");
	ASSERT_ERR(num_i64(&n, "4", 5, 9, "tries", &e), ERR_INVALID);
}

TEST(other_spellings_of_a_number_are_refused)
{
	static const char *const bad[] = {"",
	                                  " 1",
	                                  "1 ",
	                                  "+1",
	                                  "-1",
	                                  "01",
	                                  "00",
	                                  "1.0",
	                                  "1e3",
	                                  "0x1",
	                                  "1K",
	                                  "1s",
	                                  "one",
	                                  "1,0",
	                                  "\n1",
	                                  "--1",
	                                  "9223372036854775808"};
	struct err e;
	int64_t n = 77;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ASSERT_ERR(num_i64(&n, bad[i], 0, INT64_MAX, "x", &e),
		           ERR_INVALID);
		ck_assert_int_eq(n, 77);
	}
}

TEST(durations_name_their_unit)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} vectors[] = {{"90s", 90},
	               {"15m", 900},
	               {"6h", 21600},
	               {"30d", 2592000},
	               {"0s", 0}};
	static const char *const bad[] = {"90",  "s",  "90S", "1.5h", "6hh",
	                                  "6 h", "1w", "-6h", "1h30m"};
	struct err e;
	int64_t n;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		ASSERT_OK(num_seconds(&n, vectors[i].text, 0, NUM_JSON_MAX,
		                      "poll", &e));
		ck_assert_int_eq(n, vectors[i].seconds);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ASSERT_ERR(num_seconds(&n, bad[i], 0, NUM_JSON_MAX, "poll", &e),
		           ERR_INVALID);
	ASSERT_ERR(num_seconds(&n, "9223372036854775807d", 0, INT64_MAX, "poll",
	                       &e),
	           ERR_INVALID);
	ASSERT_ERR(num_seconds(&n, "25h", 30, 86400, "poll", &e), ERR_INVALID);
	ASSERT_SAYS("poll: '25h' is not within 30 to 86400");
}

TEST(sizes_are_powers_of_1024)
{
	struct err e;
	int64_t n;

	ASSERT_OK(num_bytes(&n, "4096", 0, INT64_MAX, "size", &e));
	ck_assert_int_eq(n, 4096);
	ASSERT_OK(num_bytes(&n, "64K", 0, INT64_MAX, "size", &e));
	ck_assert_int_eq(n, 65536);
	ASSERT_OK(num_bytes(&n, "16M", 0, INT64_MAX, "size", &e));
	ck_assert_int_eq(n, 16 << 20);
	ASSERT_OK(num_bytes(&n, "2G", 0, INT64_MAX, "size", &e));
	ck_assert_int_eq(n, INT64_C(2) << 30);
	ASSERT_ERR(num_bytes(&n, "2g", 0, INT64_MAX, "size", &e), ERR_INVALID);
	ASSERT_ERR(num_bytes(&n, "2KB", 0, INT64_MAX, "size", &e), ERR_INVALID);
	ASSERT_ERR(
		num_bytes(&n, "9223372036854775807G", 0, INT64_MAX, "size", &e),
		ERR_INVALID);
}
