/*
 * What is kept of a check-in whatever is answered: that it was the first, so
 * that nobody enrols in its name any more whatever happens to this process
 * (trust.md, Enrol); and a new complaint. The scribe's thread, but for
 * arrival_complains().
 */
#ifndef SERVER_DEVICES_ARRIVAL_H
#define SERVER_DEVICES_ARRIVAL_H

#include "server/fleet/fleet.h"
#include "server/roster/wire.h"

struct arrival {
	bool complains; /* of something new */
	bool audited;   /* in the audit log too */
};

/* Any thread: it complains of something it did not when last asked. */
bool arrival_complains(const struct fleet *f, const struct device_rec *r,
                       const struct wire_checkin *in);

/* Inside a transaction; r is the device as it was before. 1: written; 0: there
 * is nothing to; -1. */
MUST_USE int arrival_write(struct arrival *out, struct fleet *f,
                           const struct device_rec *r,
                           const struct wire_checkin *in, struct err *e);
/* The same of when it was seen, and what it says it runs. */
MUST_USE int arrival_write_seen(struct fleet *f, const struct device_rec *r,
                                const struct wire_checkin *in, struct err *e);

#endif
