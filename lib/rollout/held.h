/*
 * How many trials the devices of one batch hold, by cell: kept as trials
 * move, so that a bound on a batch is a look into a small table.
 */
#ifndef LIB_ROLLOUT_HELD_H
#define LIB_ROLLOUT_HELD_H

#include <stddef.h>
#include <stdint.h>

#define HELD_ALL_CELLS (-1)

struct held_count {
	int64_t open;   /* slots */
	int64_t trials; /* counted ones, not void */
};

struct held {
	struct held_entry {
		int64_t batch;
		int cell;
		struct held_count n;
		int used;
	} * entries; /* open addressing */
	size_t len, slots;
};

void held_fini(struct held *h);
/* Zeroes for who holds nothing. */
struct held_count held_get(const struct held *h, int cell, int64_t batch);
void held_add(struct held *h, int cell, int64_t batch, struct held_count by);
/* A cell's slots do not count among all cells' any more. */
void held_release_cell(struct held *h, int cell);

#endif
