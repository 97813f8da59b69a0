/*
 * A thread that may wait hands one step of its work to the scribe's thread,
 * which does it alone, between two batches, and goes on only when it is done.
 * Before the scribe's thread runs, and after it ended, the step is done where
 * it stands: there is nobody else then.
 *
 * The publisher's thread, or the only one. Never the scribe's, and never one
 * that devices wait for.
 */
#ifndef SERVER_PUBLISH_ERRAND_H
#define SERVER_PUBLISH_ERRAND_H

#include "server/fleet/fleet.h"

typedef int errand_fn(struct fleet *f, void *ctx, struct err *e);

/* What fn returned. ERR_BUSY, code "queue_full", when it was not asked. */
MUST_USE int errand_run(struct fleet *f, errand_fn *fn, void *ctx,
                        struct err *e);

#endif
