#include "config.h"

#include "lib/base/rng.h"
#include "lib/rollout/tally.h"
#include "tests/support/runner.h"

#include <string.h>

#define P0 20000

struct rig {
	struct stats_table table;
	struct tally tally;
};

static void begin(struct rig *r)
{
	stats_table_init(&r->table, P0, stats_log_bound(50000, 1), 1);
	tally_init(&r->tally, &r->table);
}

static void end(struct rig *r)
{
	tally_fini(&r->tally);
	stats_table_fini(&r->table);
}

static void add(struct rig *r, int n)
{
	while (n-- > 0)
		(void)tally_add(&r->tally);
}

/* Each place is its own device, old from its place on. */
static void broke(struct rig *r, uint32_t place)
{
	tally_fail(&r->tally, place, place, 0, place);
}

TEST(two_of_the_first_two_cross)
{
	struct rig r;

	begin(&r);
	add(&r, 2);
	broke(&r, 0);
	ck_assert(!tally_crosses(&r.tally));
	broke(&r, 1);
	ck_assert(tally_crosses(&r.tally));
	end(&r);
}

TEST(the_same_device_twice_is_one_failure)
{
	struct rig r;

	begin(&r);
	add(&r, 3);
	tally_fail(&r.tally, 0, 77, 0, 0);
	tally_fail(&r.tally, 1, 77, 0, 0);
	ck_assert(!tally_crosses(&r.tally));
	ck_assert_uint_eq(tally_prefix(&r.tally, INT64_MAX), 0);
	tally_fail(&r.tally, 2, 78, 0, 0);
	ck_assert(tally_crosses(&r.tally));
	ck_assert_uint_eq(tally_prefix(&r.tally, INT64_MAX), 3);
	end(&r);
}

TEST(an_old_prefix_crosses_where_the_whole_does_not)
{
	struct rig r;

	begin(&r);
	add(&r, 100);
	broke(&r, 1);
	broke(&r, 4);
	ck_assert(!tally_crosses(&r.tally));
	/* Place 4 is old from 4 ms on. */
	ck_assert_uint_eq(tally_prefix(&r.tally, 3), 0);
	ck_assert_uint_eq(tally_prefix(&r.tally, 4), 2);
	end(&r);
}

TEST(a_late_failure_in_front_moves_the_prefixes_behind_it)
{
	struct rig r;

	begin(&r);
	add(&r, 100);
	broke(&r, 9);
	broke(&r, 19);
	broke(&r, 29);
	ck_assert_uint_eq(tally_prefix(&r.tally, 1000), 0);
	broke(&r, 0);
	/* Four of thirty halt (rollout.md 5.1). */
	ck_assert_uint_eq(tally_prefix(&r.tally, 1000), 4);
	end(&r);
}

TEST(a_trial_that_leaves_makes_the_rest_weigh_more)
{
	struct rig r;

	begin(&r);
	add(&r, 8);
	broke(&r, 0);
	broke(&r, 7);
	ck_assert(!tally_crosses(&r.tally));
	tally_leave(&r.tally, 3);
	tally_leave(&r.tally, 5);
	ck_assert_int_eq(tally_trials(&r.tally), 6);
	ck_assert(!tally_crosses(&r.tally));
	tally_leave(&r.tally, 4);
	ck_assert(tally_crosses(&r.tally));
	end(&r);
}

TEST(a_tally_that_was_reset_is_empty)
{
	struct rig r;

	begin(&r);
	add(&r, 2);
	broke(&r, 0);
	broke(&r, 1);
	tally_reset(&r.tally);
	ck_assert(!tally_crosses(&r.tally));
	ck_assert_uint_eq(tally_prefix(&r.tally, INT64_MAX), 0);
	ck_assert_int_eq(tally_trials(&r.tally), 0);
	end(&r);
}

/* The definition, without any cleverness: '.' a trial, 'x' failed, ' ' left. */
static size_t plain_prefix(const struct rig *r, const char *trials, size_t len,
                           int64_t now)
{
	int64_t s = 0, n = 0;

	for (size_t i = 0; i < len && (int64_t)i <= now; i++) {
		n += trials[i] != ' ';
		s += trials[i] == 'x';
		if (trials[i] == 'x' && stats_table_halts(&r->table, s, n))
			return (size_t)s;
	}
	return 0;
}

static bool plain_crosses(const struct rig *r, const char *trials, size_t len)
{
	int64_t s = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		n += trials[i] != ' ';
		s += trials[i] == 'x';
	}
	return stats_table_halts(&r->table, s, n);
}

TEST(what_is_kept_up_to_date_equals_what_is_counted_afresh)
{
	struct rng_seeded rng;

	for (uint64_t seed = 1; seed <= 200; seed++) {
		char trials[400];
		size_t len = 0;
		struct rig r;

		rng_seeded_init(&rng, seed);
		begin(&r);
		for (int step = 0; step < 600; step++) {
			uint64_t what = rng_below(&rng.rng, 100);
			size_t i = len > 0 ? rng_below(&rng.rng, len) : 0;

			if (len < sizeof(trials) && (len == 0 || what < 60)) {
				trials[len] = '.';
				ck_assert_uint_eq(tally_add(&r.tally), len);
				len++;
			} else if (trials[i] == '.' && what < 66) {
				trials[i] = 'x';
				broke(&r, (uint32_t)i);
			} else if (trials[i] == '.') {
				trials[i] = ' ';
				tally_leave(&r.tally, (uint32_t)i);
			}
			int64_t now = (int64_t)rng_below(&rng.rng, len + 1);

			ck_assert_msg(tally_crosses(&r.tally) ==
			                      plain_crosses(&r, trials, len),
			              "seed %d step %d", (int)seed, step);
			ck_assert_msg(
				tally_prefix(&r.tally, now) ==
					plain_prefix(&r, trials, len, now),
				"seed %d step %d", (int)seed, step);
		}
		end(&r);
	}
}

TEST(half_a_million_trials_with_every_fiftieth_failing_are_quick)
{
	/* Quadratic work would run into the test's time limit. */
	struct rig r;

	begin(&r);
	for (uint32_t i = 0; i < 500000; i++) {
		(void)tally_add(&r.tally);
		if (i >= 100 && i % 50 == 0)
			broke(&r, i - 100);
		if (i >= 100 && i % 7 == 1 && (i - 99) % 50 != 0)
			tally_leave(&r.tally, i - 99);
		(void)tally_crosses(&r.tally);
		(void)tally_prefix(&r.tally, 0);
	}
	ck_assert_int_eq(tally_failures(&r.tally), 9998);
	end(&r);
}
