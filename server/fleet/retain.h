/*
 * Old reports age out. A step deletes a bounded number of rows, so that the
 * writer is never kept from devices for long; while there is more to forget a
 * step follows each second, then one each minute.
 *
 * What somebody may still ask for stays however old it is: everything since
 * the beginning of a rollout that devices are told about, since the grant of
 * an attempt that is open, and since the beginning of a rollout whose halt is
 * younger than reports are kept. Trials, halts with their evidence and the
 * audit log never age.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_RETAIN_H
#define SERVER_FLEET_RETAIN_H

#include "server/fleet/fleet.h"

/* The most rows one step deletes. */
#define RETAIN_ROWS 1000

/* Reports that came before *out may go; 0: none. */
MUST_USE int retain_before(int64_t *out, struct fleet *f, int64_t now_ms,
                           struct err *e);
/* A step, when one is due. */
void retain_idle(struct fleet *f);

#endif
