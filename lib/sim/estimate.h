/*
 * What a number of simulated runs says about the truth: each figure with an
 * interval that holds the true one in 95 of 100 simulations. Pure.
 */
#ifndef LIB_SIM_ESTIMATE_H
#define LIB_SIM_ESTIMATE_H

#include <stdint.h>

struct interval {
	double low, high;
};

/* Of the chance behind `hits` in n runs, n ≥ 1: Clopper and Pearson's, which
 * is exact: never narrower than it says, at 0 hits too. */
struct interval estimate_share(int64_t hits, int64_t n);

/* A mean that grows value by value; begins as zeroes. */
struct estimate_mean {
	int64_t n;
	double mean;
	double squares; /* sum of squared distances from the mean */
};
void estimate_add(struct estimate_mean *m, double value);
/* Mean ± 1.96 standard errors; for n ≥ 2, and honest from some hundred runs
 * on, when the mean is nearly normal. */
struct interval estimate_range(const struct estimate_mean *m);

#endif
