/*
 * Questions and orders of operators, put to the scribe's thread: each is a
 * function that has the fleet to itself and writes JSON.
 */
#ifndef SERVER_FLEET_ASK_H
#define SERVER_FLEET_ASK_H

#include "lib/base/buf.h"
#include "server/fleet/fleet.h"

#define ASK_ANSWER_MAX ((size_t)64 << 20)

struct ask {
	struct job job; /* first */
	/* On the thread that was asked. */
	int (*run)(struct fleet *f, struct ask *a, struct buf *out,
	           struct err *e);
	/* Exactly once, on that thread; takes what it wants of out. */
	void (*done)(struct ask *a, struct buf *out, const struct err *e);
	void *ctx; /* both functions' own */
};

/* Any thread. When it is refused, done() was not called. */
MUST_USE int ask_scribe(struct fleet *f, struct ask *a, struct err *e);
/* The same on the porter's thread, for what waits long for the disk: run()
 * touches only what of the fleet is any thread's. */
MUST_USE int ask_porter(struct fleet *f, struct ask *a, struct err *e);
/* The same on the publisher's, for publish(). */
MUST_USE int ask_publisher(struct fleet *f, struct ask *a, struct err *e);

#endif
