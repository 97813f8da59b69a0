/*
 * The bar of promotion (rollout-rules.md, Promotion): how many trials that
 * nothing can change any more, with so many failures among them, say that
 * fewer than p1 fail. The mirror of stats.h; an integer table as well.
 */
#ifndef LIB_ROLLOUT_BAR_H
#define LIB_ROLLOUT_BAR_H

#include <stddef.h>
#include <stdint.h>

/* For each number of failures, the fewest trials that meet it. */
struct bar {
	int64_t *n_min; /* index s = 0 … n - 1 */
	size_t n, room;
	int32_t p1_ppm, beta_ppm;
};

void bar_init(struct bar *b, int32_t p1_ppm, int32_t beta_ppm);
void bar_fini(struct bar *b);
/* Makes it cover up to s failures. */
void bar_grow(struct bar *b, int64_t s);
/* Trials that meet it with s failures among them; s is covered. */
int64_t bar_needed(const struct bar *b, int64_t s);

/* log e for "fewer than p1 fail", after s failures among n trials. */
double bar_log_e(int32_t p1_ppm, int64_t s, int64_t n);

#endif
