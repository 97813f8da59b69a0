#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/semver.h"
#include "tests/support/runner.h"

#include <stddef.h>

TEST(versions_follow_the_grammar)
{
	static const char *const good[] = {
		"0.0.0",       "1.2.3",         "10.20.30",
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7",
		"1.0.0-x-y-z", "1.0.0+001",     "1.0.0-beta+exp.sha.5114f85",
		"1.0.0--",     "1.0.0-0a",      "99999999999999999999.0.0"};
	static const char *const bad[] = {
		"",
		"1",
		"1.2",
		"1.2.3.4",
		"01.2.3",
		"1.02.3",
		"1.2.03",
		"v1.2.3",
		"1.2.3-",
		"1.2.3-01",
		"1.2.3-a.",
		"1.2.3-.a",
		"1.2.3+",
		"1.2.3+a+b",
		"1.2.3-a_b",
		" 1.2.3",
		"1.2.3 ",
		"1.2.-3",
		"1..3",
		"1.2.3-a..b",
		"1.2.3-\xc3\xa4",
		"1.2.3-"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_msg(semver_is_valid(good[i]), "'%s'", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(!semver_is_valid(bad[i]), "'%s'", bad[i]);
}

/* SemVer section 11: each below the next. */
TEST(versions_are_ordered_as_the_standard_says)
{
	static const char *const rising[] = {"0.0.1-0",
	                                     "0.0.1",
	                                     "0.1.0",
	                                     "1.0.0-1",
	                                     "1.0.0-2",
	                                     "1.0.0-10",
	                                     "1.0.0--",
	                                     "1.0.0-alpha",
	                                     "1.0.0-alpha.1",
	                                     "1.0.0-alpha.beta",
	                                     "1.0.0-alpha0",
	                                     "1.0.0-beta",
	                                     "1.0.0-beta.2",
	                                     "1.0.0-beta.11",
	                                     "1.0.0-rc.1",
	                                     "1.0.0",
	                                     "1.0.1",
	                                     "1.9.0",
	                                     "1.10.0",
	                                     "2.0.0",
	                                     "99999999999999999998.0.0",
	                                     "99999999999999999999.0.0"};

	for (size_t i = 0; i < ARRAY_LEN(rising); i++)
		for (size_t j = 0; j < ARRAY_LEN(rising); j++) {
			int r = semver_compare(rising[i], rising[j]);

			ck_assert_msg((r > 0) == (i > j) && (r < 0) == (i < j),
			              "%s and %s gave %d", rising[i], rising[j],
			              r);
		}
}

TEST(build_metadata_does_not_order)
{
	ck_assert_int_eq(semver_compare("1.0.0+a", "1.0.0+b"), 0);
	ck_assert_int_eq(semver_compare("1.0.0+a", "1.0.0"), 0);
	ck_assert_int_eq(semver_compare("1.0.0-rc.1+a", "1.0.0-rc.1"), 0);
	ck_assert_int_lt(semver_compare("1.0.0-rc.1+a", "1.0.0+a"), 0);
}
