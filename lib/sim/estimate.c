#include "config.h"

#include "lib/sim/estimate.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#define TAIL 0.025 /* on each side of a 95 % interval */
#define NORMAL 1.959964
/* Halvings of [0, 1]: more than a double can tell apart. */
#define HALVINGS 60
/* A term so much smaller than the sum, and falling, changes nothing. */
#define NOTHING 1e-17

/* ln P(X = k) for X of n trials with chance p, 0 < p < 1. */
static double log_term(int64_t k, int64_t n, double p)
{
	double all = (double)n, hits = (double)k;

	return lgamma(all + 1) - lgamma(hits + 1) - lgamma(all - hits + 1) +
	       hits * log(p) + (all - hits) * log1p(-p);
}

/* P(X ≥ k), summed away from the middle, where terms only fall: upwards from
 * k when k is above the mean, else what is left of the sum downwards. */
static double at_least(int64_t k, int64_t n, double p)
{
	bool up = (double)k > (double)n * p;
	int64_t i = up ? k : k - 1;
	double odds = p / (1 - p), sum = 0;
	double term = exp(log_term(i, n, p));

	while (term > sum * NOTHING) {
		sum += term;
		if (up && i == n)
			break;
		if (!up && i == 0)
			break;
		term *= up ? (double)(n - i) / (double)(i + 1) * odds
		           : (double)i / (double)(n - i + 1) / odds;
		i += up ? 1 : -1;
	}
	return up ? sum : 1 - sum;
}

/* The p at which `hits` or more of n come about in 2.5 % of cases. */
static double lowest(int64_t hits, int64_t n)
{
	double low = 0, high = 1;

	if (hits == 0)
		return 0;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (at_least(hits, n, middle) < TAIL)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct interval estimate_share(int64_t hits, int64_t n)
{
	assert(n >= 1 && hits >= 0 && hits <= n);
	/* Few hits are many misses. */
	return (struct interval){lowest(hits, n), 1 - lowest(n - hits, n)};
}

/* Welford's way: no difference of two large sums. */
void estimate_add(struct estimate_mean *m, double value)
{
	double off = value - m->mean;

	m->n++;
	m->mean += off / (double)m->n;
	m->squares += off * (value - m->mean);
}

struct interval estimate_range(const struct estimate_mean *m)
{
	double n = (double)m->n, half;

	assert(m->n >= 2);
	half = NORMAL * sqrt(m->squares / (n - 1) / n);
	return (struct interval){m->mean - half, m->mean + half};
}
