/*
 * What pawl-fleet is told on its command line.
 */
#ifndef TESTS_FLEET_OPTIONS_H
#define TESTS_FLEET_OPTIONS_H

#include "device/provision.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_BAD_MAX 16
#define OPTIONS_DEVICES_MAX 10000
#define OPTIONS_THREADS_MAX 16

/* This image does not come up on this hardware in this region. */
struct bad {
	char sha256[SHA256_HEX_SIZE];
	struct cell cell;
};

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
	struct bad bad[OPTIONS_BAD_MAX];
	size_t n_bad;
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

/* The cell is one where this image does not come up. */
bool options_is_bad(const struct options *o, const char *sha256, const char *hw,
                    const char *region);

#endif
