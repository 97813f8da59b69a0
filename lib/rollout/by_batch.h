/*
 * Counts by batch and cell: how many trials the devices of a batch have, or
 * how many devices. Kept as they change, so that a bound on a batch is a look
 * into a small table.
 */
#ifndef LIB_ROLLOUT_BY_BATCH_H
#define LIB_ROLLOUT_BY_BATCH_H

#include <stddef.h>
#include <stdint.h>

#define BY_BATCH_ALL_CELLS (-1)

struct by_batch_count {
	int64_t open;   /* slots */
	int64_t trials; /* counted ones, not void */
};

struct by_batch {
	struct by_batch_entry {
		int64_t batch;
		int cell;
		struct by_batch_count n;
		int used;
	} * entries; /* open addressing */
	size_t len, slots;
};

void by_batch_fini(struct by_batch *h);
/* Zeroes for who holds nothing. */
struct by_batch_count by_batch_get(const struct by_batch *h, int cell,
                                   int64_t batch);
void by_batch_add(struct by_batch *h, int cell, int64_t batch,
                  struct by_batch_count by);
/* A cell's slots do not count among all cells' any more. */
void by_batch_release_cell(struct by_batch *h, int cell);

#endif
