/*
 * What chance.c and its halves share: the world of one seed.
 */
#ifndef TESTS_CHANCE_WORLD_H
#define TESTS_CHANCE_WORLD_H

#include "lib/base/queue.h"
#include "lib/base/rng.h"
#include "lib/rollout/engine.h"
#include "lib/rollout/offer.h"
#include "tests/chance/chance.h"
#include "tests/support/plan_fixture.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

/* What the release does to a device. */
enum fate {
	FATE_CONFIRM,
	FATE_FAIL,    /* says so after it activated */
	FATE_EARLY,   /* fails before it activates */
	FATE_REVERT,  /* runs the old image again and says so */
	FATE_BRICK,   /* activates and is never heard again */
	FATE_DARK,    /* is never heard again after the grant */
	FATE_LATE,    /* confirms long after the hard deadline */
	FATE_DEFER,   /* puts it off at first: a void trial, and a new one */
	FATE_RELAPSE, /* confirms, and fails later */
	FATE_LIAR,    /* fails, then says it confirmed */
	N_FATES
};

enum device_step { STEP_POLLS, STEP_LOADS, STEP_BOOTS, STEP_AFTER, STEP_GONE };

struct device {
	char id[33];
	word hw, region, channel;
	int cell;
	uint32_t bucket;
	int32_t ppm[PLAN_STAGES_MAX]; /* its cell's share of each stage */
	bool has_clock;
	bool counted; /* enrolled before the rollout began */
	const char *running_version;
	enum fate fate;
	enum device_step step;
	int deferrals;
	int64_t poll_ms, skew_ms; /* of its clock */
	int64_t off_from_ms, off_to_ms;
	int64_t heard_ms; /* last check-in */
	bool has_trial;
	size_t trial;
	bool latched;
	struct offer_latch latch;
};

struct world {
	uint64_t seed;
	struct rng_seeded rng;
	struct plan plan;
	struct fw release;
	struct state_doc state; /* as devices read it */
	bool state_is_old;
	struct engine *engine;
	struct device *devices;
	size_t n_devices;
	struct queue queue;
	int64_t began_ms, calm_ms; /* faults end */
	int64_t now_ms;            /* true time */
	int64_t skew_ms;           /* the server's clock beside it */
	int64_t turn_ms;           /* how often the server takes a turn */
	int64_t paused_ms;         /* the server's time; 0: it is not */
	int64_t since_ms;          /* the stage began */
	int by_hand_to;
	bool *halted; /* by cell: what was ever halted */
	struct chance_sums *sums;
	char *problem; /* the first thing that does not hold */
};

/* One of 0 … n - 1; whether one in n. */
static inline int64_t one_of(struct world *w, int64_t n)
{
	return (int64_t)rng_below(&w->rng.rng, (uint64_t)n);
}
static inline bool once_in(struct world *w, int64_t n)
{
	return one_of(w, n) == 0;
}

static inline int64_t server_ms(const struct world *w)
{
	return w->now_ms + w->skew_ms;
}

/* make.c: plan, release and fleet. */
void world_make(struct world *w);

/* chance.c */
__attribute__((format(printf, 2, 3))) void world_fault(struct world *w,
                                                       const char *fmt, ...);
/* What the server would sign now, read as a device reads it. */
const struct state_doc *world_state(struct world *w);
/* `run: hold` is what it says. */
bool world_is_held(const struct world *w);
/* Something changed that the engine is to be asked about. */
void world_judge(struct world *w);

/* device.c: its next event has come. */
void world_device(struct world *w, size_t i);

#endif
