#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/estimate.h"
#include "tests/support/runner.h"

#include <math.h>

#define NEAR 1e-9

TEST(no_hit_leaves_what_a_closed_form_says)
{
	/* (1 - p)^n = 2.5 % at the upper end. */
	static const int64_t runs[] = {1, 2, 30, 2000, 1000000};

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		double end = pow(0.025, 1.0 / (double)runs[i]);
		struct interval none = estimate_share(0, runs[i]);
		struct interval all = estimate_share(runs[i], runs[i]);

		ck_assert_double_eq(none.low, 0);
		ck_assert_double_eq_tol(none.high, 1 - end, NEAR);
		ck_assert_double_eq_tol(all.low, end, NEAR);
		ck_assert_double_eq(all.high, 1);
	}
}

TEST(known_intervals_come_out)
{
	/* Clopper and Pearson's, as any table has them. */
	struct interval ten = estimate_share(10, 100);
	struct interval half = estimate_share(5, 10);

	ck_assert_double_eq_tol(ten.low, 0.0490, 5e-5);
	ck_assert_double_eq_tol(ten.high, 0.1762, 5e-5);
	ck_assert_double_eq_tol(half.low, 0.1871, 5e-5);
	ck_assert_double_eq_tol(half.high, 0.8129, 5e-5);
}

TEST(an_interval_holds_its_share_and_hits_mirror_misses)
{
	for (int64_t n = 1; n <= 200; n = n * 3 + 1)
		for (int64_t k = 0; k <= n; k++) {
			struct interval a = estimate_share(k, n);
			struct interval b = estimate_share(n - k, n);
			double share = (double)k / (double)n;

			ck_assert(a.low <= share && share <= a.high);
			ck_assert_double_eq_tol(a.low, 1 - b.high, NEAR);
		}
}

TEST(the_truth_is_inside_in_at_least_95_of_100_cases)
{
	/* Exactly, over every outcome of 60 runs. */
	enum { N = 60 };
	struct interval in[N + 1];

	for (int64_t k = 0; k <= N; k++)
		in[k] = estimate_share(k, N);
	for (double p = 0.005; p < 1; p += 0.005) {
		double term = pow(1 - p, N), inside = 0;

		for (int k = 0; k <= N; k++) {
			if (in[k].low <= p && p <= in[k].high)
				inside += term;
			term *= (double)(N - k) / (k + 1) * p / (1 - p);
		}
		ck_assert_double_ge(inside, 0.95);
	}
}

TEST(a_million_runs_are_no_trouble)
{
	struct interval in = estimate_share(26000, 1000000);

	/* Nearly normal: ± 1.96 · sqrt(p(1-p)/n). */
	ck_assert_double_eq_tol(in.low, 0.026 - 0.000312, 2e-6);
	ck_assert_double_eq_tol(in.high, 0.026 + 0.000312, 2e-6);
}

TEST(a_mean_has_two_standard_errors_on_each_side)
{
	struct estimate_mean m = {0};
	struct interval in;

	for (int i = 1; i <= 5; i++)
		estimate_add(&m, i);
	in = estimate_range(&m);
	ck_assert_double_eq_tol(m.mean, 3, NEAR);
	ck_assert_double_eq_tol(in.low, 3 - 1.959964 * sqrt(0.5), NEAR);
	ck_assert_double_eq_tol(in.high, 3 + 1.959964 * sqrt(0.5), NEAR);
}

TEST(what_never_varies_has_no_width)
{
	struct estimate_mean m = {0};
	struct interval in;

	for (int i = 0; i < 1000; i++)
		estimate_add(&m, 21);
	in = estimate_range(&m);
	ck_assert_double_eq(in.low, 21);
	ck_assert_double_eq(in.high, 21);
}
