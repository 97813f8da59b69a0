#include "config.h"

#include "server/http/limit.h"
#include "tests/support/runner.h"

#include <string.h>

static struct limit *make(size_t keys, int64_t burst, int64_t per_minute)
{
	static struct rng_seeded rng;

	rng_seeded_init(&rng, 7);
	return limit_new(keys, burst, per_minute, &rng.rng);
}

static bool take(struct limit *l, const char *key, int64_t now_ms)
{
	return limit_take(l, key, strlen(key), now_ms, NULL);
}

TEST(a_burst_is_let_through_and_then_no_more)
{
	SCOPED(limit_free)
	struct limit *l = make(100, 3, 60);

	for (int i = 0; i < 3; i++)
		ck_assert(take(l, "a", 1000));
	ck_assert(!take(l, "a", 1000));
	ck_assert(take(l, "b", 1000));
}

TEST(tokens_come_back_at_the_rate_and_stop_at_the_burst)
{
	SCOPED(limit_free)
	struct limit *l = make(100, 2, 60); /* one per second */

	ck_assert(take(l, "a", 0));
	ck_assert(take(l, "a", 0));
	ck_assert(!take(l, "a", 999));
	ck_assert(take(l, "a", 1000));
	ck_assert(!take(l, "a", 1999));
	ck_assert(take(l, "a", 2000));
	/* A month later it is a burst, not a month's worth. */
	ck_assert(take(l, "a", INT64_C(2592000000)));
	ck_assert(take(l, "a", INT64_C(2592000000)));
	ck_assert(!take(l, "a", INT64_C(2592000000)));
}

TEST(a_slow_rate_keeps_its_fractions)
{
	SCOPED(limit_free)
	struct limit *l = make(100, 1, 1); /* one per minute */

	ck_assert(take(l, "a", 0));
	for (int64_t ms = 7; ms < 60000; ms += 7)
		ck_assert(!take(l, "a", ms));
	ck_assert(take(l, "a", 60000));
}

TEST(the_wait_is_told_in_whole_seconds)
{
	SCOPED(limit_free)
	struct limit *l = make(100, 1, 2); /* one per 30 s */
	int64_t wait_s = 0;

	ck_assert(limit_take(l, "a", 1, 0, &wait_s));
	ck_assert(!limit_take(l, "a", 1, 0, &wait_s));
	ck_assert_int_eq(wait_s, 30);
	ck_assert(!limit_take(l, "a", 1, 29500, &wait_s));
	ck_assert_int_eq(wait_s, 1);
}

TEST(a_clock_that_goes_back_gives_nothing_away)
{
	SCOPED(limit_free)
	struct limit *l = make(100, 1, 60);

	ck_assert(take(l, "a", 5000));
	ck_assert(!take(l, "a", 0));
	ck_assert(!take(l, "a", 500));
}

TEST(a_flood_of_keys_neither_grows_nor_locks_others_out)
{
	SCOPED(limit_free)
	struct limit *l = make(64, 2, 60);
	unsigned refused = 0;

	for (uint32_t i = 0; i < 100000; i++)
		refused += !limit_take(l, &i, sizeof(i), 0, NULL);
	/* Each was new, so none may be refused. */
	ck_assert_uint_eq(refused, 0);
}

TEST(keys_are_told_apart_by_every_byte_and_their_length)
{
	SCOPED(limit_free)
	struct limit *l = make(1000, 1, 1);

	ck_assert(limit_take(l, "ab", 2, 0, NULL));
	ck_assert(limit_take(l, "ab\0", 3, 0, NULL));
	ck_assert(limit_take(l, "aa", 2, 0, NULL));
	ck_assert(limit_take(l, "", 0, 0, NULL));
	ck_assert(!limit_take(l, "ab", 2, 0, NULL));
	ck_assert(!limit_take(l, "", 0, 0, NULL));
}
