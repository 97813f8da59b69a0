/*
 * The batches as the fleet knows them: which are not believed any more, and
 * what of their attempts follows from that; and that memory hears of each
 * change (server/roster/intake.h).
 */
#ifndef SERVER_FLEET_QUARANTINE_H
#define SERVER_FLEET_QUARANTINE_H

#include "server/fleet/fleet.h"

/* A batch that is not believed any more (trust.md): it gets no grants, and
 * its attempts that were not activated are void. write() belongs into the
 * transaction of the quarantine, landed() after it; the scribe's thread. */
MUST_USE int enrol_quarantine_write(struct fleet *f, int64_t batch,
                                    struct err *e);
void enrol_quarantine_landed(struct fleet *f, int64_t batch);
bool enrol_is_quarantined(const struct fleet *f, int64_t batch);

/* At the start: the batches, and which of them are in quarantine. */
MUST_USE int enrol_load(struct fleet *f, struct err *e);
/* A batch was made or changed, and that is committed. */
void enrol_batches_changed(struct fleet *f);

#endif
