#include "config.h"

#include "lib/rollout/stats.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/*
 * One sum: why it seldom halts what is healthy.
 *
 * Trials 1, 2, … stand in the order of their grants; X_i is 1 when trial i
 * fails in the end. Null: given all outcomes before it, each trial fails with
 * a chance of at most p0. For one alternative p > p0 let
 *
 *	L(n) = Π_{i ≤ n} (p / p0)^X_i · ((1 - p) / (1 - p0))^(1 - X_i).
 *
 * With failure chance q the expected factor is q·p/p0 + (1-q)(1-p)/(1-p0). It
 * rises with q, because p > p0, and is 1 at q = p0. So under the null L is a
 * non-negative supermartingale that starts at 1; so is e(n), the mean of the
 * L of all alternatives in the grid, and Ville's inequality says
 *
 *	P(e(n) ≥ 1/a for any n) ≤ a. (1)
 *
 * Nothing here asks trials to be alike or independent; each needs only q ≤ p0.
 *
 * What we look at are not final outcomes. An open trial counts as a success;
 * when it fails later its factor only grows. So at any moment the e we compute
 * for a prefix is at most the e that the prefix has in the end, and crossing
 * now means crossing in the end. (1) is about all prefixes at once, so any
 * number of looks, at any moments, at any prefixes, costs nothing more, and
 * a delay of reports that depends on the outcome cannot cheat.
 *
 * Trials that end void or silent leave the order (of the sum over failures).
 * Until then they counted as successes, which only lowered e. The null speaks
 * of the trials that stay: given the past and that it ends neither void nor
 * silent, a trial fails with a chance of at most p0.
 *
 * The sum over silent trials is the same with "silent" for "fails" and
 * p_silent for p0; only void trials leave it.
 *
 * e depends on counts alone:
 *
 *	log e(s, n) = ln mean_p exp(s·ln(p/p0) + (n-s)·ln((1-p)/(1-p0)))
 *
 * It rises with s (n fixed) and falls with n (s fixed), so that a table of the
 * largest n for each s holds every verdict.
 */

/* Alternatives, as multiples of p0: from barely worse to broken. */
static const double multiples[] = {1.5, 2, 3, 5, 10, 20, 35};

/* "Nearly every device fails"; products at or above it are dropped. */
#define WORST 0.95

#define GRID_MAX (sizeof(multiples) / sizeof(*multiples) + 1)

struct grid {
	double failure[GRID_MAX]; /* ln(p / p0) */
	double success[GRID_MAX]; /* ln((1 - p) / (1 - p0)) */
	size_t n;
};

static void grid_add(struct grid *g, double p0, double p)
{
	g->failure[g->n] = log(p / p0);
	g->success[g->n] = log1p(-p) - log1p(-p0);
	g->n++;
}

static struct grid grid_of(int32_t p0_ppm)
{
	double p0 = p0_ppm / 1e6;
	struct grid g = {.n = 0};

	assert(p0_ppm >= 1 && p0_ppm <= 900000);
	for (size_t i = 0; i < GRID_MAX - 1; i++)
		if (p0 * multiples[i] < WORST)
			grid_add(&g, p0, p0 * multiples[i]);
	grid_add(&g, p0, WORST);
	return g;
}

static double grid_log_e(const struct grid *g, int64_t s, int64_t n)
{
	double term[GRID_MAX], top = -INFINITY, sum = 0;

	for (size_t k = 0; k < g->n; k++) {
		term[k] = (double)s * g->failure[k] +
		          (double)(n - s) * g->success[k];
		top = fmax(top, term[k]);
	}
	for (size_t k = 0; k < g->n; k++)
		sum += exp(term[k] - top);
	return top + log(sum / (double)g->n);
}

double stats_log_e(int32_t p0_ppm, int64_t s, int64_t n)
{
	struct grid g = grid_of(p0_ppm);

	return grid_log_e(&g, s, n);
}

double stats_log_bound(int32_t alpha_ppm, double weight)
{
	return -log(alpha_ppm / 1e6 * weight);
}

/* Two devices at least: one failure may be one bad device. */
#define FAILURES_MIN 2

/* The largest n at which s failures cross, not below `from`, where they do. */
static int64_t last_crossing(const struct grid *g, double bound, int64_t s,
                             int64_t from)
{
	int64_t lo = from, step = 1;

	while (grid_log_e(g, s, lo + step) >= bound) {
		lo += step;
		step *= 2;
	}
	/* Crosses at lo, not at lo + step. */
	while (step > 1) {
		step /= 2;
		if (grid_log_e(g, s, lo + step) >= bound)
			lo += step;
	}
	return lo;
}

void stats_table_init(struct stats_table *t, int32_t p0_ppm, double log_bound,
                      int64_t n_limit)
{
	*t = (struct stats_table){
		.n_max = xcalloc(FAILURES_MIN, sizeof(*t->n_max)),
		.s_max = FAILURES_MIN - 1,
		.p0_ppm = p0_ppm,
		.log_bound = log_bound,
	};
	for (int64_t s = 0; s < FAILURES_MIN; s++)
		t->n_max[s] = -1;
	stats_table_grow(t, n_limit);
}

void stats_table_fini(struct stats_table *t)
{
	free(t->n_max);
	*t = (struct stats_table){0};
}

void stats_table_grow(struct stats_table *t, int64_t n_limit)
{
	struct grid g = grid_of(t->p0_ppm);
	size_t room = (size_t)t->s_max + 1;

	if (n_limit > t->n_limit)
		t->n_limit = n_limit;
	/* A share of nothing never halts. */
	if (!isfinite(t->log_bound))
		return;
	while (t->n_max[t->s_max] < t->n_limit) {
		int64_t s = t->s_max + 1, from = t->n_max[t->s_max] + 1;

		if ((size_t)s == room) {
			room *= 2;
			t->n_max = xreallocarray(t->n_max, room,
			                         sizeof(*t->n_max));
		}
		/* One more failure always carries at least one more trial,
		 * since its factor is above 1. */
		if (from < s)
			from = s;
		t->n_max[s] =
			grid_log_e(&g, s, from) < t->log_bound
				? -1
				: last_crossing(&g, t->log_bound, s, from);
		t->s_max = s;
	}
}

bool stats_table_halts(const struct stats_table *t, int64_t s, int64_t n)
{
	assert(n <= t->n_limit);
	if (s < FAILURES_MIN || !isfinite(t->log_bound))
		return false;
	return s > t->s_max || n <= t->n_max[s];
}

int64_t stats_table_bound(const struct stats_table *t, int64_t n)
{
	int64_t lo = FAILURES_MIN, hi = t->s_max;

	assert(n <= t->n_limit);
	if (!isfinite(t->log_bound))
		return -1;
	while (lo < hi) {
		int64_t mid = lo + (hi - lo) / 2;

		if (t->n_max[mid] >= n)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo <= n && t->n_max[lo] >= n ? lo : -1;
}
