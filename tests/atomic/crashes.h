/*
 * One act of one program on a recorded disk (disk_log.h), crashed in every
 * way there is: killed or without power at each step; killed at each step,
 * begun again, and then without power; and each of these with the flushes of
 * one place in the code left out, of which some must break.
 *
 *	disk_log_begin(&log, folder)       what the act finds: first = ops.len
 *	…the act…
 *	crashes_survived(&c)
 */
#ifndef TESTS_ATOMIC_CRASHES_H
#define TESTS_ATOMIC_CRASHES_H

#include "tests/support/disk_crash.h"

struct crashes {
	const char *name;
	struct disk_log *log;
	size_t first;  /* point of crash */
	size_t stride; /* of points, where an act is long; 0 or 1: all */
	/* In a process of its own: 0 when the disk in this folder is fine for
	 * a crash at this point. */
	int (*judge)(const struct crashes *c, const char *folder, size_t point,
	             struct err *e);
	/* In a process of its own, with the recording on: whoever was killed
	 * at this point begins again and comes to the end of the act. */
	int (*again)(const struct crashes *c, const char *folder, size_t point,
	             struct err *e);
	/* Points of one moment have one verdict for one disk. NULL: the act
	 * was answered, or it was not. */
	size_t (*moment)(const struct crashes *c, size_t point);
	void *ctx;
	bool same_flushes; /* as another act's, which looks at them */

	/* Of a kill first: whether the second run is cut at every step, or
	 * only when it is over; and the place that does not flush. */
	bool every_step;
	size_t without;
};

/* How many of them. `make check` takes a sample, `make check-slow` all. */
struct crashes_limits {
	struct disk_crash_limits once;
	size_t kills; /* each of so many points is one for a kill first */
	/* Each of so many kills has its second run cut at every step; 0: none,
	 * but when it is over. */
	size_t every_step;
	/* Each place in the code that flushes is left out in turn. */
	bool flushes;
};
extern const struct crashes_limits crashes_limits;

/* Ends the recording; prints how many, of which none may be broken. */
void crashes_survived(struct crashes *c);
/* Whether whoever asked for the act had its answer. */
bool crashes_answered(const struct crashes *c, size_t point);

#endif
