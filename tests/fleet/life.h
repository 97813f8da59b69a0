/*
 * One device of the fleet: the agent, the body it lives in, and what happens
 * to it. One thread at a time; only struct life_seen is for others, who copy
 * it under the worker's lock.
 */
#ifndef TESTS_FLEET_LIFE_H
#define TESTS_FLEET_LIFE_H

#include "device/agent.h"
#include "tests/fleet/profile.h"

/* What happened, over all power-ons. */
struct life_seen {
	char running_sha256[SHA256_HEX_SIZE];
	char running_version[SEMVER_MAX_LEN + 1];
	bool enrolled, is_idle, exposed;
	bool is_dark;    /* switched off from the world: HARM_DARK */
	int64_t pending; /* reports not acknowledged yet */
	int64_t acknowledged, bytes_verified, polls;
	int64_t confirmed, reverted, failed, deferred, killed;
	/* Checks that refused something, and the last one. */
	int64_t alarms;
	char alarm[ERR_CODE_MAX];
	char problem[ERR_MSG_MAX];
};

/* A line per event, from any thread. */
typedef void life_event_fn(void *ctx, const struct profile *p, const char *what,
                           const char *text);

struct life {
	struct profile profile;
	struct life_seen seen;
	int64_t due_ms; /* of the running clock: the next step */

	const struct options *options;
	struct provision provision; /* its texts are the options' */
	struct agent_host host;
	struct rng_seeded rng;
	char *dir;
	struct agent *agent;     /* NULL: without power */
	struct life_seen before; /* counts of earlier power-ons */
	life_event_fn *event;
	void *event_ctx;

	bool is_charged, is_in_the_way; /* the battery */
	int64_t polls_then;
	int64_t steps_to_kill; /* with an attempt open; 0: not this time */
	bool had_attempt;
	int64_t dark_until_ms;          /* of the running clock */
	char dark_for[SHA256_HEX_SIZE]; /* the image that did it last */
};

/* Sets the device up, without power. The door and the options outlive it. */
MUST_USE int life_init(struct life *l, const struct options *o, size_t number,
                       struct net_door door, struct err *e);
void life_fini(struct life *l);

/* Power-on where it has none, else one step of its agent; sets due_ms and
 * seen. -1 when it cannot live on. */
MUST_USE int life_step(struct life *l, struct err *e);

/* The active slot's file, and what is in it on the disk now. The device has
 * power. */
const char *life_slot(const struct life *l);
MUST_USE int life_hash_slot(char sha256[SHA256_HEX_SIZE], const struct life *l,
                            struct err *e);

#endif
