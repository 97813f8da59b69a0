/*
 * The threads that devices are shared out to: each steps its own, the one
 * that is due first, over one connection of its own.
 */
#ifndef TESTS_FLEET_WORKERS_H
#define TESTS_FLEET_WORKERS_H

#include "tests/fleet/life.h"

struct workers;

/* Devices are set up in the caller's thread, then all threads run. */
struct workers *workers_start(const struct options *o, life_event_fn *event,
                              void *event_ctx, struct err *e);
/* Ends what is under way (reports go out first, within a few seconds) and
 * waits for the threads. -1: a device could not live on. */
MUST_USE int workers_stop(struct workers *w, struct err *e);
void workers_free(struct workers *w);
DEFINE_SCOPED(workers_free, struct workers *)

/* A copy of what can be seen of a device; any thread. */
void workers_look(struct life_seen *out, struct workers *w, size_t number);
/* False when a thread ended by itself: workers_stop() says why. */
bool workers_are_well(struct workers *w);
/* The device itself, after workers_stop(). */
const struct life *workers_life(const struct workers *w, size_t number);

#endif
