/*
 * How did it go? Up to sixteen items of one device, judged one by one by its
 * window, stored, moved up their trials' ladders, committed together with
 * whatever else queued, and answered only then.
 */
#ifndef SERVER_FLEET_REPORT_H
#define SERVER_FLEET_REPORT_H

#include "server/fleet/fleet.h"
#include "server/fleet/wire.h"

struct report_answer {
	int64_t ack[WIRE_ITEMS_MAX];
	size_t n_ack;
	int64_t conflict[WIRE_ITEMS_MAX];
	size_t n_conflict;
	int64_t seq; /* the mark */
};

/* Exactly once; e is NULL or why not (nothing was stored then). */
typedef void report_answer_fn(void *ctx, const struct report_answer *a,
                              const struct err *e);

struct report_call {
	size_t device; /* in the index */
	struct wire_report in;
	report_answer_fn *answer;
	void *ctx;
};

/* Any thread. When it is refused, `answer` is not called. */
MUST_USE int report_submit(struct fleet *f, const struct report_call *call,
                           struct err *e);

#endif
