#include "config.h"

#include "lib/sim/habit.h"
#include "tests/support/runner.h"

#define HOUR_MS INT64_C(3600000)
#define DEVICES 20000

TEST(a_device_that_is_never_off_polls_in_its_rhythm)
{
	struct fleet_cell c = {.poll_s = 3600};
	struct rng_seeded rng;
	struct habit h;

	rng_seeded_init(&rng, 1);
	habit_init(&h, &c, 1000, &rng.rng);
	ck_assert_int_eq(h.poll_ms, HOUR_MS);
	ck_assert_int_eq(habit_poll(&h, 1000, 1000), 1000 + h.phase_ms);
	ck_assert_int_eq(habit_poll(&h, 1000, 1001 + h.phase_ms),
	                 1000 + h.phase_ms + HOUR_MS);
	ck_assert_int_eq(habit_awake(&h, &c, 50 * HOUR_MS, &rng.rng),
	                 50 * HOUR_MS);
}

TEST(intervals_spread_around_the_cells)
{
	struct fleet_cell c = {.poll_s = 3600, .poll_spread_ppm = 500000};
	struct rng_seeded rng;
	int64_t least = INT64_MAX, most = 0, sum = 0;

	rng_seeded_init(&rng, 1);
	for (int i = 0; i < DEVICES; i++) {
		struct habit h;

		habit_init(&h, &c, 0, &rng.rng);
		least = h.poll_ms < least ? h.poll_ms : least;
		most = h.poll_ms > most ? h.poll_ms : most;
		sum += h.poll_ms / DEVICES;
	}
	ck_assert_int_ge(least, HOUR_MS / 2);
	ck_assert_int_le(most, HOUR_MS * 3 / 2);
	ck_assert_int_lt(least, HOUR_MS * 51 / 100);
	ck_assert_int_gt(most, HOUR_MS * 149 / 100);
	ck_assert_int_ge(sum, HOUR_MS * 99 / 100);
	ck_assert_int_le(sum, HOUR_MS * 101 / 100);
}

/* Devices off at this moment, and how long they still are in the mean. */
static int64_t off_at(int64_t at_ms, int64_t *rest_ms)
{
	struct fleet_cell c = {
		.poll_s = 3600, .off_ppm = 300000, .off_s = 7200};
	struct rng_seeded rng;
	int64_t off = 0;

	*rest_ms = 0;
	rng_seeded_init(&rng, 1);
	for (int i = 0; i < DEVICES; i++) {
		struct habit h;
		int64_t awake;

		habit_init(&h, &c, 0, &rng.rng);
		awake = habit_awake(&h, &c, at_ms, &rng.rng);
		off += awake > at_ms;
		*rest_ms += awake - at_ms;
	}
	*rest_ms /= off;
	return off;
}

TEST(at_any_moment_the_share_that_is_off_is_the_fleets)
{
	for (int i = 0; i < 6; i++) {
		int64_t rest, off = off_at(i * 7 * HOUR_MS, &rest);

		/* 30 %, within 4 standard deviations; what is left of an
		 * absence of up to 4 hours is 4/3 of an hour. */
		ck_assert_int_ge(off, DEVICES * 287 / 1000);
		ck_assert_int_le(off, DEVICES * 313 / 1000);
		ck_assert_int_ge(rest, HOUR_MS * 125 / 100);
		ck_assert_int_le(rest, HOUR_MS * 142 / 100);
	}
}
