/*
 * What the fleet says of itself: sums while it runs, and in the end every
 * device with the hash of what lies in its active slot.
 */
#ifndef TESTS_FLEET_SHOW_H
#define TESTS_FLEET_SHOW_H

#include "lib/json/jw.h"
#include "tests/fleet/workers.h"

#define SHOW_VERSIONS_MAX 8

struct show_sums {
	int64_t devices, enrolled, idle, exposed, dark, pending;
	int64_t acknowledged, bytes_verified, polls;
	int64_t confirmed, reverted, failed, deferred, killed, alarms;
	char problem[ERR_MSG_MAX]; /* the last refusal anywhere */
	/* How many run what; more than fit are in none. */
	struct {
		char version[SEMVER_MAX_LEN + 1];
		int64_t devices;
	} versions[SHOW_VERSIONS_MAX];
	size_t n_versions;
};

void show_sum(struct show_sums *out, struct workers *w,
              const struct options *o);
int64_t show_running(const struct show_sums *s, const char *version);
/* Members of an object that is open. */
void show_put_sums(struct jw *w, const struct show_sums *s);
/* After workers_stop(): reads every active slot again. */
MUST_USE int show_put_devices(struct jw *w, struct workers *all,
                              const struct options *o, struct err *e);

#endif
