/*
 * The mixture e-process and its integer tables (rollout-rules.md, Halt). The
 * proofs stand above the code. Pure; libm is used only to build a table, so a
 * verdict is an integer comparison that every machine replays alike.
 */
#ifndef LIB_ROLLOUT_STATS_H
#define LIB_ROLLOUT_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* log e after s failures among n trials; p0 in ppm, 1 … 900000. */
double stats_log_e(int32_t p0_ppm, int64_t s, int64_t n);

/* ln(1 / (α·w)): α in ppm, w a share of it in [0, 1]. Infinite for w = 0. */
double stats_log_bound(int32_t alpha_ppm, double weight);

/* For each number of failures s: halting at s holds while n ≤ n_max[s]. */
struct stats_table {
	int64_t *n_max; /* index s = 0 … s_max; -1: never */
	int64_t s_max;
	int64_t n_limit; /* covers so many trials */
	int32_t p0_ppm;
	double log_bound;
};
/* Covers up to n_limit trials. log_bound = ln(1 / (α·w)). */
void stats_table_init(struct stats_table *t, int32_t p0_ppm, double log_bound,
                      int64_t n_limit);
void stats_table_fini(struct stats_table *t);
/* Makes it cover more; what it says already stays. */
void stats_table_grow(struct stats_table *t, int64_t n_limit);
/* Crosses the bound, and at least two failed. The caller sees to it that they
 * are two devices. n is covered. */
bool stats_table_halts(const struct stats_table *t, int64_t s, int64_t n);
/* s*(n): the fewest failures that halt among n; -1 when none does. */
int64_t stats_table_bound(const struct stats_table *t, int64_t n);

#endif
