/*
 * Keeps a static copy of what is published (export.h) current, on a thread of
 * its own: a slow or full disk there delays no halt, no publish, nobody. When
 * it can not, TROUBLE_EXPORT is set until it can again, and what stands there
 * stays as it was.
 */
#ifndef SERVER_FLEET_EXPORTER_H
#define SERVER_FLEET_EXPORTER_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/lock.h"

#include <stdatomic.h>
#include <stdbool.h>

struct fleet;
struct set;
struct view;

struct exporter {
	struct lock lock;
	pthread_cond_t wake, ended;
	pthread_t thread;
	bool begun, running, stopping, poked, has_ended;
	atomic_bool give_up; /* the thread stops copying where it is */

	/* The thread's own. */
	struct set *done_set;   /* whose files stand there; NULL: none yet */
	struct view *done_view; /* the last one written */
};

/* Nothing at all when the fleet has no export_dir. */
MUST_USE int exporter_start(struct fleet *f, struct err *e);
/* What is visible gets a few seconds to be written: a halt may be in it. The
 * next start goes on with what was not. */
void exporter_stop(struct fleet *f);
/* What is visible has changed. Any thread. */
void exporter_poke(struct fleet *f);

/* One turn: what the thread does when it wakes. 0 also when there was nothing
 * to do. For tests, too. */
MUST_USE int exporter_turn(struct fleet *f, struct err *e);

#endif
