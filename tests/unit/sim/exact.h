/*
 * What a rule does to a stage, exactly: the distribution of failures among
 * the first n devices, carried on device by device, with what has halted
 * taken out. No randomness, so simulations are checked against it.
 */
#ifndef TESTS_UNIT_SIM_EXACT_H
#define TESTS_UNIT_SIM_EXACT_H

#include <stdbool.h>
#include <stdint.h>

struct exact {
	double p_halt, mean_failed, mean_exposed;
	/* Of one run. */
	double sd_failed, sd_exposed;
};

/* Does it halt at s failures of n? */
typedef bool exact_fn(const void *ctx, int64_t s, int64_t n);

void exact_stage(struct exact *out, exact_fn *halts, const void *ctx,
                 int64_t devices, double p);

#endif
