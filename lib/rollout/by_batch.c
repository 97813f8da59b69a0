#include "config.h"

#include "lib/rollout/by_batch.h"

#include "lib/base/mem.h"

#include <stdlib.h>

#define FIRST_SLOTS 16

void by_batch_fini(struct by_batch *h)
{
	free(h->entries);
	*h = (struct by_batch){0};
}

static struct by_batch_entry *find(const struct by_batch *h, int cell,
                                   int64_t batch)
{
	uint64_t hash = ((uint64_t)batch * 8191 + (uint64_t)(cell + 1)) *
	                UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & (h->slots - 1);

	while (h->entries[at].used != 0 &&
	       (h->entries[at].cell != cell || h->entries[at].batch != batch))
		at = (at + 1) & (h->slots - 1);
	return &h->entries[at];
}

struct by_batch_count by_batch_get(const struct by_batch *h, int cell,
                                   int64_t batch)
{
	return h->slots == 0 ? (struct by_batch_count){0}
	                     : find(h, cell, batch)->n;
}

static void grow(struct by_batch *h)
{
	struct by_batch old = *h;

	h->slots = old.slots > 0 ? 2 * old.slots : FIRST_SLOTS;
	h->entries = xcalloc(h->slots, sizeof(*h->entries));
	for (size_t i = 0; i < old.slots; i++)
		if (old.entries[i].used != 0)
			*find(h, old.entries[i].cell, old.entries[i].batch) =
				old.entries[i];
	free(old.entries);
}

void by_batch_add(struct by_batch *h, int cell, int64_t batch,
                  struct by_batch_count by)
{
	struct by_batch_entry *e;

	if (2 * (h->len + 1) > h->slots)
		grow(h);
	e = find(h, cell, batch);
	if (e->used == 0) {
		*e = (struct by_batch_entry){
			.batch = batch, .cell = cell, .used = 1};
		h->len++;
	}
	e->n.open += by.open;
	e->n.trials += by.trials;
}

void by_batch_release_cell(struct by_batch *h, int cell)
{
	for (size_t i = 0; i < h->slots; i++) {
		const struct by_batch_entry *e = &h->entries[i];

		if (e->used != 0 && e->cell == cell)
			find(h, BY_BATCH_ALL_CELLS, e->batch)->n.open -=
				e->n.open;
	}
}
