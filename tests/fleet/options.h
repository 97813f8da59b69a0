/*
 * What pawl-fleet is told on its command line.
 */
#ifndef TESTS_FLEET_OPTIONS_H
#define TESTS_FLEET_OPTIONS_H

#include "device/provision.h"
#include "tests/fleet/harm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_HARMS_MAX 16
#define OPTIONS_DEVICES_MAX 10000
#define OPTIONS_THREADS_MAX 16

struct options {
	char *server;
	char *batch_token;
	char *root; /* path of the pinned root */
	char repo[REPO_ID_SIZE];
	char product[PRODUCT_MAX_LEN + 1];
	struct words hw, regions, channels;
	struct provision_image image; /* the factory's */
	char *state;                  /* folder of all devices */
	int64_t devices, seed, threads, poll_min_s, chunk_bytes;
	struct harm harms[OPTIONS_HARMS_MAX];
	size_t n_harms;
	int64_t killed_pct, low_battery_pct;

	/* When to end; a signal always does. */
	char *until_version;
	bool until_idle;
	int64_t timeout_s; /* 0: never */

	char *status; /* rewritten again and again; NULL: nowhere */
	char *events; /* a line per event is appended; NULL: nowhere */
};

/* -1: go on; else the exit status. */
MUST_USE int options_read(struct options *o, int argc, char **argv);
void options_fini(struct options *o);

#endif
