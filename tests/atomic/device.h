/*
 * One device on a recorded disk, what it has promised by each step, and the
 * judge of what a crash leaves of it.
 *
 * After any crash it starts; it runs an image whose bytes are those that were
 * signed, the factory's or the release; no latch, no security counter, no
 * floor, no key of its own, no plan that was confirmed or failed, and no report
 * that was written is lost; no report's number is another's; and it comes to
 * the end that it would have come to.
 */
#ifndef TESTS_ATOMIC_DEVICE_H
#define TESTS_ATOMIC_DEVICE_H

#include "tests/atomic/crashes.h"
#include "tests/unit/device/fake_server.h"

/* What the server heard. */
struct device_heard {
	struct fake_report reports[256];
	size_t n_reports;
	int64_t seq;
	int enrols, checkins, wants;
};

struct device_item {
	int64_t seq;
	enum report_step step;
};

/* From this step of the disk on. */
struct device_moment {
	size_t from;
	struct device_heard heard;
	uint32_t counter;
	int64_t floor_s, latched_rev;
	size_t n_confirmed, n_failed;
	struct device_item items[64];
	size_t n_items;
	const char *key; /* the device's, once the server heard of it */
};

struct device_world {
	struct fake_server *f;
	struct fake_device d;
	struct disk_log log;
	/* It has come to its end. */
	bool (*is_done)(const struct device_world *w);
	struct {
		struct device_moment *items;
		size_t len, cap;
	} moments;
};

/* A server of the fixture, and a device whose folder is recorded; it has no
 * power yet. */
void device_begin(struct device_world *w);
/* Power on, and every poll until it has come to its end. */
MUST_USE int device_live(struct device_world *w, struct err *e);
/* The same from a power-on in the middle of it. */
MUST_USE int device_live_twice(struct device_world *w, struct err *e);
/* Every crash of what was recorded since device_begin(). */
void device_survived(struct device_world *w, const char *name,
                     bool same_flushes);

bool device_has_failed(const struct device_world *w);
bool device_is_latched(const struct device_world *w);

#endif
