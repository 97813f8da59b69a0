/*
 * A product's devices as numbers, by what they are and what they run: how
 * many, how many were seen within 7 days, how often those poll and how many of
 * them are off. It is what a rollout is forecast over (lib/sim/fleet.h), and
 * names no device.
 *
 * Any thread; it looks at the whole index once, and holds as many devices and
 * images as there are while it does.
 */
#ifndef SERVER_SHOW_CENSUS_H
#define SERVER_SHOW_CENSUS_H

#include "lib/json/jw.h"
#include "server/roster/index.h"

/* Below FLEET_KINDS_MAX, because what is written must not be longer than
 * FLEET_BYTES_MAX however long the names are. */
#define CENSUS_KINDS_MAX 16000

struct census_kind {
	uint32_t cohort;
	/* IMAGE_NONE: they never said, or too few run it. */
	uint64_t image;
	int64_t devices, seen;
	int64_t poll_s;          /* the median of those seen */
	int64_t poll_spread_ppm; /* of it, to where nine of ten are */
	/* Of those seen so many missed two polls, and for so long they have
	 * been away in the mean; 0 when nobody. */
	int64_t off_ppm, off_s;
};

struct census {
	struct census_kind *items;
	size_t len, cap;
	struct images images; /* what they run, whatever they run by now */
};

/* Without those revoked, and within the bounds of lib/sim/fleet.h: where there
 * are too many kinds, each cohort has an equal number at most, and what fewest
 * of it run is one kind with those that never said. ERR_INVALID, code
 * "too_many_kinds", when the cohorts alone are too many. */
MUST_USE int census_take(struct census *out, struct index *x,
                         const char *product, int64_t now_ms, struct err *e);
void census_fini(struct census *c);
DEFINE_SCOPED_PLACE(census_fini, struct census)

/* The whole answer, "fleet/1". */
void census_put(struct jw *w, struct index *x, const struct census *c,
                const char *product, int64_t now_s);

/* The median interval of the product's devices seen within 7 days, among some
 * looked at in passing; fallback when there are none. */
int64_t census_poll_s(struct index *x, const char *product, int64_t now_ms,
                      int64_t fallback_s);

#endif
