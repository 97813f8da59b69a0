#include "config.h"

#include "lib/base/rng.h"
#include "server/roster/seen.h"
#include "tests/support/runner.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

static void begin(struct seen *s, size_t n)
{
	seen_init(s);
	for (size_t i = 0; i < n; i++)
		seen_add(s);
}

static size_t drain(struct seen *s)
{
	size_t device, n = 0;

	while (seen_pop_changed(s, &device))
		n++;
	return n;
}

TEST(who_comes_is_changed_once_and_who_stays_away_again)
{
	SCOPED(seen_fini)
	struct seen s;
	size_t device;

	begin(&s, 3);
	seen_note(&s, 1, 1000);
	seen_note(&s, 1, 2000);
	ck_assert(seen_pop_changed(&s, &device));
	ck_assert_uint_eq(device, 1);
	ck_assert(!seen_pop_changed(&s, &device));
	seen_note(&s, 1, 3000);
	ck_assert(!seen_pop_changed(&s, &device));
	seen_pass(&s, 3000 + SEEN_WEEK_MS, 0, 10);
	ck_assert(seen_in_week(&s, 1));
	seen_pass(&s, 3001 + SEEN_WEEK_MS, 0, 10);
	ck_assert(!seen_in_week(&s, 1));
	ck_assert(seen_pop_changed(&s, &device));
	ck_assert_uint_eq(device, 1);
}

TEST(below_the_floor_nobody_is_known_to_have_been_away)
{
	SCOPED(seen_fini)
	struct seen s;
	int64_t floor = 5 * SEEN_DAY_MS;

	begin(&s, 1);
	seen_note(&s, 0, 1000);
	seen_pass(&s, SEEN_WEEK_MS + 2 * SEEN_DAY_MS, floor, 10);
	ck_assert(seen_in_week(&s, 0));
	seen_pass(&s, SEEN_WEEK_MS + floor + 1, floor, 10);
	ck_assert(!seen_in_week(&s, 0));
}

TEST(a_turn_takes_no_more_steps_than_it_may)
{
	SCOPED(seen_fini)
	struct seen s;

	begin(&s, 100);
	for (size_t i = 0; i < 100; i++)
		seen_note(&s, i, 1000);
	(void)drain(&s);
	seen_pass(&s, 1001 + SEEN_DAY_MS, 0, 30);
	ck_assert_uint_eq(seen_in_day_count(&s), 70);
	seen_pass(&s, 1001 + SEEN_WEEK_MS, 0, 80);
	ck_assert_uint_eq(seen_in_day_count(&s), 0);
	ck_assert_uint_eq(drain(&s), 10);
}

TEST(what_is_not_on_the_disk_is_given_once_in_order)
{
	SCOPED(seen_fini)
	struct seen s;
	size_t device;

	begin(&s, 3);
	ck_assert(!seen_any_dirty(&s));
	seen_note(&s, 2, 1);
	seen_note(&s, 0, 2);
	seen_note(&s, 2, 3);
	ck_assert(seen_pop_dirty(&s, &device));
	ck_assert_uint_eq(device, 2);
	seen_set_dirty(&s, 2);
	ck_assert(seen_pop_dirty(&s, &device));
	ck_assert_uint_eq(device, 0);
	ck_assert(seen_pop_dirty(&s, &device));
	ck_assert_uint_eq(device, 2);
	ck_assert(!seen_any_dirty(&s));
}

TEST(what_was_loaded_in_any_order_is_sorted_and_not_written_again)
{
	SCOPED(seen_fini)
	struct seen s;

	begin(&s, 4);
	seen_load(&s, 0, 3 * SEEN_DAY_MS);
	seen_load(&s, 2, 1 * SEEN_DAY_MS);
	seen_load(&s, 3, 2 * SEEN_DAY_MS);
	seen_loaded(&s);
	ck_assert(!seen_any_dirty(&s));
	ck_assert_uint_eq(drain(&s), 3);
	seen_pass(&s, 2 * SEEN_DAY_MS + SEEN_WEEK_MS, 0, 100);
	ck_assert(seen_in_week(&s, 0) && seen_in_week(&s, 3));
	ck_assert(!seen_in_week(&s, 2) && !seen_in_week(&s, 1));
	ck_assert_uint_eq(drain(&s), 1);
}

TEST(the_windows_say_what_counting_everybody_would)
{
	SCOPED(seen_fini)
	struct seen s;
	int64_t last[50] = {0}, now = SEEN_WEEK_MS * 2;
	bool known[50] = {false};
	struct rng_seeded rng;
	size_t device;

	begin(&s, 50);
	rng_seeded_init(&rng, 7);
	for (int turn = 0; turn < 4000; turn++) {
		uint8_t b[2];
		size_t day = 0;

		rng_fill(&rng.rng, b, sizeof(b));
		now += b[0] * HOUR_MS / 64;
		seen_note(&s, b[1] % 50, now);
		last[b[1] % 50] = now;
		seen_pass(&s, now, 0, SIZE_MAX);
		while (seen_pop_changed(&s, &device))
			known[device] = seen_in_week(&s, device);
		for (size_t i = 0; i < 50; i++) {
			day += last[i] >= now - SEEN_DAY_MS;
			ck_assert_int_eq(known[i],
			                 last[i] >= now - SEEN_WEEK_MS);
		}
		ck_assert_uint_eq(seen_in_day_count(&s), day);
	}
}
