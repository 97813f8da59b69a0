/*
 * How did it go? Up to sixteen items of one device, judged one by one by its
 * window, stored, moved up their trials' ladders, committed together with
 * whatever else queued, and answered only then.
 */
#ifndef SERVER_DEVICES_REPORT_H
#define SERVER_DEVICES_REPORT_H

#include "server/fleet/fleet.h"
#include "server/roster/wire.h"

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

/* Any thread, before report_submit(): is it the device's own word? A signature
 * counts where the device enrolled a key; without one a report is believed for
 * its token alone, unless the configuration wants more. ERR_FORBIDDEN, code
 * "report_signature" or "report_unsigned". `in` was read from body. */
MUST_USE int report_verify(const struct fleet *f, const struct device_rec *r,
                           const struct wire_report *in, const char *body,
                           size_t len, struct err *e);

/* Any thread. When it is refused, `answer` is not called. */
MUST_USE int report_submit(struct fleet *f, const struct report_call *call,
                           struct err *e);

#endif
