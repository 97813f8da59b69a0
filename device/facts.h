/*
 * What the surroundings say, as a JSON file: battery, room, consent; and, for
 * a decision on paper, what runs, what is remembered and what time it is.
 * Every member is optional.
 */
#ifndef DEVICE_FACTS_H
#define DEVICE_FACTS_H

#include "device/decide.h"
#include "device/state.h"

#define FACTS_BYTES_MAX 65536

struct facts {
	struct device_facts device;
	/* For decisions on paper. */
	bool has_now;
	int64_t now_s; /* the wall clock */
	enum offer_step step;
	char plan_sha256[SHA256_HEX_SIZE]; /* of the open attempt, or "" */
	bool has_running;
	char running_sha256[SHA256_HEX_SIZE];
	char running_version[SEMVER_MAX_LEN + 1];
	int64_t counter; /* the stored one; -1: not said */
	bool has_floor;
	int64_t floor_s;
	struct offer_latch latches[64];
	size_t n_latches;
	state_sha256 confirmed[64];
	size_t n_confirmed;
};

/* On mains, unlimited, nothing agreed to, everything else unsaid. */
void facts_init(struct facts *f);
MUST_USE int facts_parse(struct facts *out, const char *name, const void *bytes,
                         size_t len, struct err *e);
MUST_USE int facts_load(struct facts *out, const char *path, struct err *e);
/* Puts what was said into the state. */
void facts_apply(struct device_state *s, const struct facts *f);

#endif
