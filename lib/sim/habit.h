/*
 * When a device can be reached: how often it polls, and that it is off now
 * and then. Off and on follow each other, each evenly between nothing and
 * twice its mean, so that at any moment the share the fleet says is off.
 */
#ifndef LIB_SIM_HABIT_H
#define LIB_SIM_HABIT_H

#include "lib/base/rng.h"
#include "lib/sim/fleet.h"

#include <stdbool.h>
#include <stdint.h>

struct habit {
	int64_t poll_ms;
	int64_t phase_ms; /* its polls stand at the begin + phase + k · poll */
	int64_t turn_ms;  /* it goes on or off then; INT64_MAX: never */
	bool off;
};

/* Draws one at began_ms. */
void habit_init(struct habit *h, const struct fleet_cell *c, int64_t began_ms,
                struct rng *rng);
/* Its first poll at now_ms or later, were it on. */
int64_t habit_poll(const struct habit *h, int64_t began_ms, int64_t now_ms);
/* The first moment from now_ms on in which it is on. Moments only rise. */
int64_t habit_awake(struct habit *h, const struct fleet_cell *c, int64_t now_ms,
                    struct rng *rng);

#endif
