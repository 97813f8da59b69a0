/*
 * What happens next: events in the order of their time, and of those at the
 * same moment the lower number first, so that a seed decides everything.
 */
#ifndef LIB_BASE_QUEUE_H
#define LIB_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
	struct queue_event {
		int64_t at_ms;
		uint32_t who;
	} * items; /* a heap */
	size_t len, cap;
};

void queue_add(struct queue *q, int64_t at_ms, uint32_t who);
/* The first event before end_ms: when and who; false: there is none. */
bool queue_take(struct queue *q, int64_t end_ms, int64_t *at_ms, uint32_t *who);
void queue_fini(struct queue *q);

#endif
