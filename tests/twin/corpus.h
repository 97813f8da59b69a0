/*
 * What may stand before a decision, at random from a seed: releases, plans,
 * states, devices and moments. The edges come more often than chance would
 * have them: shares at, one above and one below a device's bucket, moments at
 * and beside every date, counters and versions at and beside every release's.
 *
 * Everything of a corpus is for one product of one repository, the one of
 * tests/support/plan_fixture.h.
 */
#ifndef TESTS_TWIN_CORPUS_H
#define TESTS_TWIN_CORPUS_H

#include "lib/base/rng.h"
#include "lib/rollout/offer.h"
#include "tests/support/plan_fixture.h"

#define CORPUS_RELEASES 7
/* An install of each release, and recalls to the first ones. */
#define CORPUS_RECALLS 2
#define CORPUS_PLANS (CORPUS_RELEASES + CORPUS_RECALLS)
#define CORPUS_DEVICES 20
#define CORPUS_DATES 4
/* Before, at and after each date. */
#define CORPUS_MOMENTS (3 * CORPUS_DATES)
/* The last channel is in no plan. */
#define CORPUS_CHANNELS 3

struct corpus_device {
	char id[33];
	word hw, region, channel;
};

struct corpus {
	struct rng_seeded rng;
	struct fw releases[CORPUS_RELEASES];
	char *images[CORPUS_RELEASES]; /* their bytes, text */
	char paths[CORPUS_RELEASES][TARGET_MAX_LEN + 1];
	struct plan plans[CORPUS_PLANS];
	char *plan_texts[CORPUS_PLANS];
	struct corpus_device devices[CORPUS_DEVICES];
	/* Plans of the states made last. */
	size_t named[CORPUS_CHANNELS * CORPUS_PLANS], n_named;
};

/* One question. */
struct corpus_case {
	size_t device;
	bool has_clock;
	char running_sha256[SHA256_HEX_SIZE];
	const char *running_version;
	uint32_t counter;
	/* What only the device knows; as facts of pawl-device. */
	bool special; /* any of these is not as if it were not there */
	int battery_pct;
	int64_t flash_free_bytes;
	bool consent;
	const struct plan *latched, *confirmed; /* NULL: none */
	/* A plan to ask for where no rule decides. */
	const struct plan *any_plan;
};

extern const char *const corpus_channels[CORPUS_CHANNELS];

void corpus_init(struct corpus *c, uint64_t seed);
void corpus_fini(struct corpus *c);
/* In rising order. */
int64_t corpus_moment(size_t i);
/* A state of one channel, as whoever holds the online keys may sign it. */
void corpus_state(struct state_doc *out, struct corpus *c, const char *channel);
void corpus_ask(struct corpus_case *out, struct corpus *c);

#endif
