/*
 * One rollout from its first date to its end, with numbers in place of
 * devices and a clock that jumps from event to event. Trials, caps, halts and
 * promotion are the engine's (lib/rollout/engine.h), asked as the server asks
 * it: after every report, and every minute.
 *
 * A device polls in its own rhythm while it is on (habit.h). When its stage has
 * come and the engine grants, it downloads, asks again before it activates, and
 * reports. In a cell that was halted meanwhile it does not activate.
 */
#ifndef LIB_SIM_COURSE_H
#define LIB_SIM_COURSE_H

#include "lib/base/rng.h"
#include "lib/rollout/engine.h"
#include "lib/sim/fleet.h"
#include "lib/sim/peer.h"

struct course_cell {
	int64_t failed;  /* reported or bricked */
	int64_t exposed; /* activated */
	int64_t halt_ms; /* after the begin; -1: never */
};

/* By the stage that was under way when a device activated. */
struct course_stage {
	int64_t failed, exposed;
};

struct course {
	struct course_cell *cells; /* by the plan's index */
	struct course_stage stages[PLAN_STAGES_MAX];
	int64_t stage_ms[PLAN_STAGES_MAX]; /* reached after; -1: never */
	int64_t end_ms;
	int64_t held_ms; /* so long some scope was on hold, to the turn */
	/* COMPLETED, HALTED, or RUNNING when the plan expired before. */
	enum rollout_state state;
};

void course_run(struct course *out, const struct plan *p, const struct fleet *f,
                struct rng *rng);
/* The same devices, dates and promotions, and a peer's rule in place of caps,
 * holds, deadlines and halts: it stops everything, and hears what devices say
 * alone. */
void course_run_peer(struct course *out, const struct plan *p,
                     const struct fleet *f, const struct peer_terms *terms,
                     struct rng *rng);
void course_fini(struct course *c);
DEFINE_SCOPED_PLACE(course_fini, struct course)

#endif
