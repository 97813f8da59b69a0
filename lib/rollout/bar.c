#include "config.h"

#include "lib/rollout/bar.h"

#include "lib/base/mem.h"
#include "lib/rollout/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/*
 * Why it seldom promotes what is sick.
 *
 * Null: given all outcomes before it, each trial that ends neither void nor
 * silent fails with a chance of at least p1. For one alternative p < p1 the
 * ratio
 *
 *	L(n) = Π_{i ≤ n} (p / p1)^X_i · ((1 - p) / (1 - p1))^(1 - X_i)
 *
 * grows by an expected factor q·p/p1 + (1-q)(1-p)/(1-p1), which falls with the
 * failure chance q, because p < p1, and is 1 at q = p1. So under the null it is
 * a supermartingale that starts at 1, so is the mean over the grid, and by
 * Ville it ever reaches 1/β with a chance of at most β (see stats.c).
 *
 * Here it is a success that must not be counted too early. X_i is taken as "it
 * failed before the hard deadline". Only the prefix of the order of grants
 * that is older than that is looked at, and a trial in it that is still open
 * (a pause lengthens deadlines) counts as failed, so no outcome is counted as
 * better than it is. A failure after that, in the watch, counts too, which
 * only lowers e. Halted cells are left out: what is asked is whether the
 * others are good enough. All stages are one sum, looked at as often as one
 * likes.
 */

/* Alternatives, as p1 divided by: from barely better to flawless. */
static const double divisors[] = {1.5, 3, 8, 100};

double bar_log_e(int32_t p1_ppm, int64_t s, int64_t n)
{
	double p1 = p1_ppm / 1e6, term[ARRAY_LEN(divisors)];
	double top = -INFINITY, sum = 0;

	for (size_t k = 0; k < ARRAY_LEN(divisors); k++) {
		double p = p1 / divisors[k];

		term[k] = (double)s * log(p / p1) +
		          (double)(n - s) * (log1p(-p) - log1p(-p1));
		top = fmax(top, term[k]);
	}
	for (size_t k = 0; k < ARRAY_LEN(divisors); k++)
		sum += exp(term[k] - top);
	return top + log(sum / (double)ARRAY_LEN(divisors));
}

void bar_init(struct bar *b, int32_t p1_ppm, int32_t beta_ppm)
{
	*b = (struct bar){.p1_ppm = p1_ppm, .beta_ppm = beta_ppm};
	bar_grow(b, 0);
}

void bar_fini(struct bar *b)
{
	free(b->n_min);
	*b = (struct bar){0};
}

/* The fewest trials at or above `from` that meet the bar with s failures: e
 * rises with every success. */
static int64_t first_meeting(const struct bar *b, int64_t s, int64_t from)
{
	double bound = stats_log_bound(b->beta_ppm, 1);
	int64_t below = from - 1, step = 1;

	while (bar_log_e(b->p1_ppm, s, below + step) < bound) {
		below += step;
		step *= 2;
	}
	/* Not met at below, met at below + step. */
	while (step > 1) {
		step /= 2;
		if (bar_log_e(b->p1_ppm, s, below + step) < bound)
			below += step;
	}
	return below + 1;
}

void bar_grow(struct bar *b, int64_t s)
{
	while ((int64_t)b->n <= s) {
		/* One failure more needs more trials. */
		int64_t from = b->n > 0 ? b->n_min[b->n - 1] + 1 : 1;

		if (b->n == b->room) {
			b->room = b->room > 0 ? 2 * b->room : 16;
			b->n_min = xreallocarray(b->n_min, b->room,
			                         sizeof(*b->n_min));
		}
		b->n_min[b->n] = first_meeting(b, (int64_t)b->n, from);
		b->n++;
	}
}

int64_t bar_needed(const struct bar *b, int64_t s)
{
	assert(s >= 0 && s < (int64_t)b->n);
	return b->n_min[s];
}
