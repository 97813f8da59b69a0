/*
 * Silence compared with a hold-back (rollout-rules.md, Silence and Hold-back):
 * devices that were granted an update against devices that were not, in the
 * same hour and cell, under the same clock. So the share that falls silent by
 * itself (drawers, flat batteries, a provider's bad night) needs to be known
 * to nobody, and may differ from hour to hour.
 *
 * A stratum is one hour of grants in one cell. It is looked at once, when all
 * of it has ended.
 */
#ifndef LIB_ROLLOUT_COMPARE_H
#define LIB_ROLLOUT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With fewer control units in a scope its silence is judged by the plan's
 * p_silent instead. */
#define COMPARE_UNITS_MIN 100
#define COMPARE_RATIOS 7

struct stratum {
	int64_t hour; /* of the grants, since 1970 */
	int cell;
	/* trials and control units; of them silent */
	int64_t treated, units, treated_silent, units_silent;
	int64_t open;
	bool ripe;  /* in the list of those that may be whole */
	bool taken; /* given by compare_next() */
};

struct compare {
	struct stratum *items;
	size_t len, cap;
	uint32_t *by_place; /* open addressing: item + 1 */
	size_t slots;
	struct {
		uint32_t *items;
		size_t len, cap;
	} ripe;
};

enum compare_end { COMPARE_HEARD, COMPARE_SILENT, COMPARE_LEFT };

void compare_fini(struct compare *c);
/* One more open trial, or control unit. */
void compare_join(struct compare *c, int cell, int64_t at_ms, bool unit);
/* One that joined then ends; COMPARE_LEFT as if it had not joined. */
void compare_end(struct compare *c, int cell, int64_t at_ms, bool unit,
                 enum compare_end how);
/* The next stratum that is whole at now_ms and has somebody silent in it, once;
 * NULL when there is none. Asking costs what may be whole. */
const struct stratum *compare_next(struct compare *c, int64_t now_ms);
/* Is a trial that joined then in the sums: compare_next() gave its stratum, and
 * that has control units. */
bool compare_has(const struct compare *c, int cell, int64_t at_ms);

/* What a scope knows of its strata. */
struct compare_sum {
	int64_t units; /* that joined, in whatever stratum */
	/* All of the strata in log_e: those that compare_next() gave, with
	 * trials and control units. */
	struct {
		int64_t trials, trials_silent, units, units_silent;
	} in;
	double log_e[COMPARE_RATIOS];
};
void compare_add(struct compare_sum *sum, const struct stratum *s);
/* Log of the evidence that trials fall silent more often than control units. */
double compare_log_e(const struct compare_sum *sum);

#endif
