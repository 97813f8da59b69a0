#include "config.h"

#include "device/poll.h"
#include "tests/support/runner.h"

TEST(check_7_no_server_makes_a_device_ask_more_often_than_provisioned)
{
	ck_assert_int_eq(poll_clamp(0, 30), 30);
	ck_assert_int_eq(poll_clamp(-5, 30), 30);
	ck_assert_int_eq(poll_clamp(29, 30), 30);
	ck_assert_int_eq(poll_clamp(31, 30), 31);
	ck_assert_int_eq(poll_clamp(1, 1), 1);
}

TEST(check_7_no_server_makes_a_device_sleep_longer_than_a_day)
{
	struct rng_seeded rng;

	rng_seeded_init(&rng, 1);
	ck_assert_int_eq(poll_clamp(86400, 30), 86400);
	ck_assert_int_eq(poll_clamp(86401, 30), 86400);
	ck_assert_int_eq(poll_clamp(INT64_MAX, 30), 86400);
	ck_assert_int_eq(poll_backoff(1, INT64_MAX, 30, &rng.rng), 86400);
	ck_assert_int_le(poll_backoff(1000000, -1, 30, &rng.rng), 86400);
}

TEST(failures_double_the_wait_with_a_part_of_chance)
{
	struct rng_seeded rng;
	int64_t low = INT64_MAX, high = 0;

	rng_seeded_init(&rng, 1);
	for (int i = 0; i < 1000; i++) {
		int64_t wait = poll_backoff(4, -1, 30, &rng.rng);

		low = wait < low ? wait : low;
		high = wait > high ? wait : high;
	}
	/* 30 × 2^3 = 240, half of it chance. */
	ck_assert_int_ge(low, 120);
	ck_assert_int_le(low, 125);
	ck_assert_int_ge(high, 235);
	ck_assert_int_le(high, 240);
	ck_assert_int_ge(poll_backoff(1, -1, 30, &rng.rng), 30);
	ck_assert_int_ge(poll_backoff(2, 100, 30, &rng.rng), 100);
}
