#include "config.h"

#include "lib/base/mem.h"
#include "server/descriptors.h"
#include "tests/support/runner.h"

#include <sys/resource.h>

TEST(connections_leave_descriptors_for_the_server)
{
	static const struct {
		uint64_t limit;
		unsigned wanted, threads, fit;
	} rows[] = {
		/* clang-format off */
		{20264,      10000, 2,  10000},
		{20263,      10000, 2,   9999},
		{1024,       10000, 2,    380},
		{1024,       10000, 64,   256},
		{1024,         100, 2,    100},
		{300,        10000, 2,     64},
		{0,          10000, 2,     64},
		{0,             64, 64,    64},
		{UINT64_MAX, 1000000, 2, 1000000},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_uint_eq(descriptors_fit(rows[i].limit, rows[i].wanted,
		                                  rows[i].threads),
		                  rows[i].fit);
}

TEST(the_soft_limit_is_raised_to_the_hard_one)
{
	struct rlimit limit = {300, 900};

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(descriptors_take(10000, 2), 318);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 900);
}
