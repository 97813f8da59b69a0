/*
 * Every crash of a recorded run (disk_log.h), each put before a judge:
 *
 *	disk_crash_run(&c)            all flushes as they were
 *	disk_crash_without(&c, site)  as if one place in the code did not flush
 *
 * A point of crash lies before each recorded step and behind the last. At
 * each: what a killed process leaves; then what a power cut may leave, all
 * that is not covered gone, each such step gone alone, each there alone, the
 * last write torn, and selections by chance. Equal disks are judged once.
 */
#ifndef TESTS_SUPPORT_DISK_CRASH_H
#define TESTS_SUPPORT_DISK_CRASH_H

#include "lib/base/err.h"
#include "tests/support/disk_states.h"

struct disk_crash_limits {
	size_t stride;  /* of points for power cuts; 1: all */
	size_t singles; /* steps gone or there alone, at one point */
	size_t chances; /* selections by chance, at one point */
	/* States tried before a place that flushes is called needless. */
	size_t without;
};

struct disk_crash_memory; /* what was judged before */

struct disk_crash {
	const struct disk_log *log;
	size_t first; /* point of crash */
	size_t last;  /* of disk_crash_without(); 0: behind the last step */
	struct disk_crash_limits limits;
	/* In a process of its own: 0 when the disk in this folder is fine for
	 * a crash at this point. */
	int (*judge)(void *ctx, const char *folder, size_t point,
	             struct err *e);
	/* Points of one moment have one verdict for one disk. */
	size_t (*moment)(void *ctx, size_t point);
	void *ctx;
	const char *scratch; /* a path that does not exist */

	size_t points, states, broken; /* counted up */
	char why[512];                 /* of the last broken one */
	struct disk_crash_memory *memory;
};

void disk_crash_run(struct disk_crash *c);
/* What a kill at this point leaves, before `judge` in a process of its own. */
bool disk_crash_at(struct disk_crash *c, size_t point);
/* Whether some state breaks. */
bool disk_crash_without(struct disk_crash *c, size_t site);
void disk_crash_fini(struct disk_crash *c);

#endif
