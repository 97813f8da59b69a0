/*
 * One act of one server on a recorded disk, what devices could see while it
 * went on, and the judge of what a crash leaves of it:
 *
 *	world_record(&w, act_named("release"), "disk")
 *	world_survives(&w)
 *
 * The judge starts a server on the disk. It must start; it must show the set
 * from before the act or the one after it, and never the one before once
 * anybody saw or was told the other; a client that knows root 1 alone, one
 * that refreshed before the act, and one that saw the last there was to see,
 * refresh and fetch every target; no file that was seen comes back with other
 * bytes, no version goes back; a cell seen halted is halted. Then the roles
 * are signed anew and the act is done again: both must work, and all that
 * must hold once more.
 */
#ifndef TESTS_ATOMIC_WORLD_H
#define TESTS_ATOMIC_WORLD_H

#include "tests/atomic/acts.h"
#include "tests/atomic/client.h"
#include "tests/support/disk_crash.h"

/* From this step on this is what everybody could see. */
struct moment {
	size_t from;
	struct view *view;    /* NULL: nothing published */
	struct client client; /* that has refreshed from it */
	bool answered;        /* whoever asked for the act was told */
};

struct world {
	const struct act *act;
	struct server *s;
	struct disk_log log;
	struct disk_crash crash;
	struct {
		struct moment *items;
		size_t len, cap;
	} moments;
	size_t old; /* the last moment before the act */
	/* After a kill: crashes at every step, and a place that does not
	 * flush (DISK_NEVER: all do). */
	bool every_step;
	size_t without;
};

/* Does the act on a fresh server, recording below a folder of this name. */
void world_record(struct world *w, const struct act *act, const char *name);
/* Every crash that w->crash.limits reach; prints how many, of which none may
 * be broken. */
void world_survives(struct world *w);
/* Killed at each point (or each of `stride`), started again, the act done
 * again, and then the power is cut: at every step of the second run, or only
 * when it is over and answered. */
void world_survives_twice(struct world *w, size_t stride, bool every_step);
void world_fini(struct world *w);

/* Killed behind some name it made, started again, the act done again: whether
 * a power cut then breaks something when this place does not flush. */
bool world_needs_twice(struct world *w, size_t site);

#endif
