#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/rollout/stats.h"
#include "tests/support/runner.h"

#include <stdlib.h>

#define P0 20000
#define ALPHA 50000

/* The table at the foot of rollout-rules.md: p0 = 2 %, α = 5 %. */
static const struct {
	double weight;
	double log_bound;        /* to two digits */
	int64_t s[8];            /* halt at s of n */
	double mean_10, mean_30; /* failed devices at 10 % and 30 % failing */
} published[] = {
	{1.0, 3.00, {2, 3, 4, 6, 8, 12, 21, 36}, 5.3, 2.7},
	{1.0 / 4, 4.38, {3, 4, 4, 6, 9, 13, 23, 38}, 7.1, 3.4},
	{1.0 / 36, 6.58, {3, 4, 5, 8, 10, 15, 26, 41}, 10.0, 4.6},
};
static const int64_t published_n[8] = {5, 10, 20, 50, 100, 200, 500, 1000};

static void table(struct stats_table *t, double weight, int64_t n)
{
	stats_table_init(t, P0, stats_log_bound(ALPHA, weight), n);
}

TEST(the_published_bounds_hold)
{
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		struct stats_table t;

		table(&t, published[i].weight, 1000);
		ck_assert_double_eq_tol(t.log_bound, published[i].log_bound,
		                        0.005);
		for (size_t k = 0; k < ARRAY_LEN(published_n); k++) {
			int64_t s = published[i].s[k], n = published_n[k];

			ck_assert_int_eq(stats_table_bound(&t, n), s);
			ck_assert(stats_table_halts(&t, s, n));
			ck_assert(!stats_table_halts(&t, s - 1, n));
		}
		stats_table_fini(&t);
	}
}

/* Failed devices until the halt (or the end) of a stage of 1000 whose
 * reports arrive in sequence. */
static int64_t one_stage(const struct stats_table *t, uint64_t fail_ppm,
                         struct rng *rng, bool *halted)
{
	int64_t s = 0;

	*halted = false;
	for (int64_t n = 1; n <= 1000 && !*halted; n++) {
		s += rng_below(rng, 1000000) < fail_ppm;
		*halted = stats_table_halts(t, s, n);
	}
	return s;
}

TEST(the_published_mean_of_failed_devices_holds)
{
	/* Fixed seed, so no false alarm; the standard error of a mean over
	 * 4000 stages is below 0.08. */
	struct rng_seeded rng;

	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		int64_t ten = 0, thirty = 0;
		struct stats_table t;
		bool halted;

		rng_seeded_init(&rng, 20261120);
		table(&t, published[i].weight, 1000);
		for (int run = 0; run < 4000; run++) {
			ten += one_stage(&t, 100000, &rng.rng, &halted);
			thirty += one_stage(&t, 300000, &rng.rng, &halted);
		}
		ck_assert_double_eq_tol((double)ten / 4000,
		                        published[i].mean_10, 0.2);
		ck_assert_double_eq_tol((double)thirty / 4000,
		                        published[i].mean_30, 0.1);
		stats_table_fini(&t);
	}
}

TEST(devices_as_healthy_as_tolerated_are_seldom_halted)
{
	/* At the very edge, p = p0, the bound is α = 5 %; 2.6 % is what the
	 * mixture does over 1000 devices (rollout.md 5.4). Fixed seed. */
	struct rng_seeded rng;
	struct stats_table t;
	bool halted;
	int halts = 0;

	rng_seeded_init(&rng, 7);
	table(&t, 1, 1000);
	for (int run = 0; run < 4000; run++) {
		(void)one_stage(&t, P0, &rng.rng, &halted);
		halts += halted;
	}
	ck_assert_int_lt(halts, 4000 * 5 / 100);
	ck_assert_int_gt(halts, 4000 * 1 / 100);
	stats_table_fini(&t);
}

TEST(one_failure_never_halts)
{
	struct stats_table t;

	stats_table_init(&t, 1, stats_log_bound(500000, 1), 100);
	ck_assert(!stats_table_halts(&t, 1, 1));
	ck_assert(stats_table_halts(&t, 2, 2));
	ck_assert_int_eq(stats_table_bound(&t, 1), -1);
	stats_table_fini(&t);
}

TEST(two_of_two_halt_at_full_weight)
{
	struct stats_table t;

	table(&t, 1, 10);
	ck_assert(stats_table_halts(&t, 2, 2));
	ck_assert_int_eq(stats_table_bound(&t, 0), -1);
	ck_assert_int_eq(stats_table_bound(&t, 2), 2);
	stats_table_fini(&t);
}

TEST(more_failures_never_halt_less_and_more_trials_never_more)
{
	static const int32_t p0[] = {1, 1000, 20000, 300000, 640000, 900000};

	for (size_t i = 0; i < ARRAY_LEN(p0); i++) {
		struct stats_table t;

		stats_table_init(&t, p0[i], stats_log_bound(ALPHA, 0.25), 400);
		for (int64_t n = 1; n < 400; n++)
			for (int64_t s = 0; s < n; s++) {
				bool here = stats_table_halts(&t, s, n);

				ck_assert(!here ||
				          stats_table_halts(&t, s + 1, n));
				ck_assert(!stats_table_halts(&t, s, n + 1) ||
				          here);
			}
		stats_table_fini(&t);
	}
}

TEST(the_table_says_what_the_formula_says)
{
	static const int32_t p0[] = {500, 20000, 300000, 900000};

	for (size_t i = 0; i < ARRAY_LEN(p0); i++) {
		struct stats_table t;

		stats_table_init(&t, p0[i], stats_log_bound(ALPHA, 1), 300);
		for (int64_t n = 2; n <= 300; n++)
			for (int64_t s = 2; s <= n; s++)
				ck_assert(stats_table_halts(&t, s, n) ==
				          (stats_log_e(p0[i], s, n) >=
				           t.log_bound));
		stats_table_fini(&t);
	}
}

TEST(a_table_that_grew_equals_one_made_large)
{
	struct stats_table grown, large;

	table(&grown, 0.25, 1);
	for (int64_t n = 2; n <= 5000; n = n * 3 / 2 + 1)
		stats_table_grow(&grown, n);
	stats_table_grow(&grown, 5000);
	table(&large, 0.25, 5000);
	ck_assert_int_eq(grown.s_max, large.s_max);
	for (int64_t s = 0; s <= large.s_max; s++)
		ck_assert_int_eq(grown.n_max[s], large.n_max[s]);
	stats_table_fini(&grown);
	stats_table_fini(&large);
}

TEST(a_share_of_nothing_never_halts)
{
	struct stats_table t;

	table(&t, 0, 1000);
	ck_assert(!stats_table_halts(&t, 1000, 1000));
	ck_assert_int_eq(stats_table_bound(&t, 1000), -1);
	stats_table_grow(&t, 2000);
	ck_assert(!stats_table_halts(&t, 2000, 2000));
	stats_table_fini(&t);
}

TEST(e_is_one_before_anything_happened)
{
	ck_assert_double_eq_tol(stats_log_e(P0, 0, 0), 0, 1e-12);
}

TEST(a_single_failure_of_one_stays_below_twenty)
{
	/* exp(2.74) = 15.5 < 20 = 1 / α (rollout.md 5.1). */
	ck_assert_double_eq_tol(stats_log_e(P0, 1, 1), 2.74, 0.01);
}

TEST(a_million_trials_are_covered)
{
	struct stats_table t;

	table(&t, 1, 1000000);
	ck_assert_int_gt(stats_table_bound(&t, 1000000), 20000);
	ck_assert_int_lt(stats_table_bound(&t, 1000000), 25000);
	stats_table_fini(&t);
}
