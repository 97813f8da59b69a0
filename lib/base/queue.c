#include "config.h"

#include "lib/base/queue.h"

#include "lib/base/mem.h"

#include <stdlib.h>

static bool before(const struct queue_event *a, const struct queue_event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->who < b->who;
}

/*
 * Four children each: with a million events the heap is larger than a cache,
 * and a level is one more miss. For the same reason events are moved into a
 * hole and not swapped.
 */
#define CHILDREN 4

void queue_add(struct queue *q, int64_t at_ms, uint32_t who)
{
	struct queue_event new = {at_ms, who};
	size_t i = q->len;

	VEC_GROW(q);
	q->len++;
	while (i > 0 && before(&new, &q->items[(i - 1) / CHILDREN])) {
		q->items[i] = q->items[(i - 1) / CHILDREN];
		i = (i - 1) / CHILDREN;
	}
	q->items[i] = new;
}

/* The first of the children from k on. */
static size_t first_of(const struct queue *q, size_t k)
{
	size_t end = k + CHILDREN < q->len ? k + CHILDREN : q->len, first = k;

	while (++k < end)
		if (before(&q->items[k], &q->items[first]))
			first = k;
	return first;
}

/* The last one to where it belongs, from the top. */
static void fill_top(struct queue *q)
{
	struct queue_event last = q->items[q->len];
	size_t i = 0;

	for (size_t k = 1; k < q->len; k = CHILDREN * i + 1) {
		size_t first = first_of(q, k);

		if (!before(&q->items[first], &last))
			break;
		q->items[i] = q->items[first];
		i = first;
	}
	q->items[i] = last;
}

bool queue_take(struct queue *q, int64_t end_ms, int64_t *at_ms, uint32_t *who)
{
	if (q->len == 0 || q->items[0].at_ms >= end_ms)
		return false;
	*at_ms = q->items[0].at_ms;
	*who = q->items[0].who;
	q->len--;
	fill_top(q);
	return true;
}

void queue_fini(struct queue *q)
{
	free(q->items);
	*q = (struct queue){0};
}
