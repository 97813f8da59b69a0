/*
 * What devices ask and say:
 *
 *	enrol.c     a device becomes known
 *	checkin.c   may this device start, or activate, now?
 *	grant.c     … as caps, halts and holds stand, written
 *	arrival.c   what is kept of a check-in whatever is answered
 *	told.c      how long a device is told to wait
 *	report.c    how did it go?
 *
 * May this device start, or activate, now? An idle check-in is decided from
 * the view and the index on the HTTP thread, without SQL; a grant becomes a
 * job of the scribe, which decides again with caps and halts as they stand
 * and writes the trial before anybody is told. So does a device's first
 * check-in, which ends the time in which its batch token may enrol it again,
 * and one that complains of something new.
 */
#ifndef SERVER_DEVICES_CHECKIN_H
#define SERVER_DEVICES_CHECKIN_H

#include "lib/rollout/offer.h"
#include "server/fleet/fleet.h"
#include "server/roster/wire.h"

/* Called exactly once, on the scribe's thread; e is NULL or why not. */
typedef void checkin_answer_fn(void *ctx, const struct wire_answer *a,
                               const struct err *e);

struct checkin_call {
	size_t device; /* in the index */
	struct wire_checkin in;
	checkin_answer_fn *answer;
	void *ctx;
};

/* Any thread. True: *a is the whole answer, and `answer` is not called. */
bool checkin_idle(struct fleet *f, const struct checkin_call *call,
                  struct wire_answer *a);
/* For what checkin_idle() could not answer. */
MUST_USE int checkin_submit(struct fleet *f, const struct checkin_call *call,
                            struct err *e);

#endif
