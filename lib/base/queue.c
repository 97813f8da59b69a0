#include "config.h"

#include "lib/base/queue.h"

#include "lib/base/mem.h"

#include <stdlib.h>

static bool before(const struct queue_event *a, const struct queue_event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->who < b->who;
}

static void swap(struct queue *q, size_t i, size_t k)
{
	struct queue_event was = q->items[i];

	q->items[i] = q->items[k];
	q->items[k] = was;
}

void queue_add(struct queue *q, int64_t at_ms, uint32_t who)
{
	size_t i = q->len;

	VEC_GROW(q);
	q->items[q->len++] = (struct queue_event){at_ms, who};
	while (i > 0 && before(&q->items[i], &q->items[(i - 1) / 2])) {
		swap(q, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sink(struct queue *q)
{
	size_t i = 0;

	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < q->len; k++)
			if (before(&q->items[k], &q->items[least]))
				least = k;
		if (least == i)
			return;
		swap(q, i, least);
		i = least;
	}
}

bool queue_take(struct queue *q, int64_t end_ms, int64_t *at_ms, uint32_t *who)
{
	if (q->len == 0 || q->items[0].at_ms >= end_ms)
		return false;
	*at_ms = q->items[0].at_ms;
	*who = q->items[0].who;
	q->items[0] = q->items[--q->len];
	sink(q);
	return true;
}

void queue_fini(struct queue *q)
{
	free(q->items);
	*q = (struct queue){0};
}
