/*
 * When devices were seen: in order, so that who is new, who was away too long
 * and whose time is not on the disk is known by looking at those alone, never
 * at the whole fleet. Devices are numbers from 0. Pure; its owner locks.
 */
#ifndef SERVER_ROSTER_SEEN_H
#define SERVER_ROSTER_SEEN_H

#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEEN_DAY_MS INT64_C(86400000)
#define SEEN_WEEK_MS (7 * SEEN_DAY_MS)

/* The newest so many of the order, down to a moment. */
struct seen_window {
	uint32_t first; /* the oldest of them */
	size_t n;
};

/* First in, first out, through the links. */
struct seen_queue {
	uint32_t first, last;
};

struct seen {
	struct seen_link {
		int64_t at_ms;
		uint32_t older, newer; /* in the order of being seen */
		uint32_t next_dirty;   /* not on the disk yet */
		uint32_t next_changed; /* came, left the week, or was changed */
		unsigned in_order : 1, in_day : 1, in_week : 1;
		unsigned dirty : 1, changed : 1;
	} * links;
	size_t len, cap;
	uint32_t oldest, newest;
	struct seen_window day, week;
	struct seen_queue dirty, changed;
	uint64_t visits; /* links looked at, for who measures */
};

void seen_init(struct seen *s);
void seen_fini(struct seen *s);
DEFINE_SCOPED_PLACE(seen_fini, struct seen)

/* One more device; it was not seen. */
void seen_add(struct seen *s);
/* At the start: when it was seen last, in any order; then, once, all sorted,
 * nothing to be written, everybody seen changed. */
void seen_load(struct seen *s, size_t device, int64_t at_ms);
void seen_loaded(struct seen *s);

/* It is seen now. */
void seen_note(struct seen *s, size_t device, int64_t now_ms);
/* Time passed: at most max_steps devices leave a window. Before floor_ms
 * nobody is known to have been away: the week does not shrink below it. */
void seen_pass(struct seen *s, int64_t now_ms, int64_t floor_ms,
               size_t max_steps);

bool seen_in_week(const struct seen *s, size_t device);
size_t seen_in_day_count(const struct seen *s);

/* Asks for it to be looked at; what seen_note() and seen_pass() do when a
 * device enters or leaves the week. */
void seen_set_changed(struct seen *s, size_t device);
/* The next that changed since it was popped last; false: none. */
bool seen_pop_changed(struct seen *s, size_t *device);
/* The next whose time is not on the disk; and it is not after all. */
bool seen_pop_dirty(struct seen *s, size_t *device);
void seen_set_dirty(struct seen *s, size_t device);
bool seen_any_dirty(const struct seen *s);

#endif
