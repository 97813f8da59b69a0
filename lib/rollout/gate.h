/*
 * May the rollout go one stage further (rollout-rules.md, Promotion)? Halts
 * are looked at before; here nothing is pending. Pure.
 */
#ifndef LIB_ROLLOUT_GATE_H
#define LIB_ROLLOUT_GATE_H

#include "lib/rollout/hold.h"
#include "lib/rollout/plan.h"

struct gate_facts {
	int stage;
	int64_t since_ms; /* when the stage began */
	int64_t now_ms;
	/* Counted devices since the rollout began, in cells not halted. */
	int64_t confirmed, failed;
	int64_t open; /* counted or not, in cells not halted */
	/* By stage: engine_set_reach(); -1 not told. */
	int64_t reach[PLAN_STAGES_MAX];
	int64_t kept_out; /* engine_set_kept_out() */
	/* The stage an operator let it go to: the soak before it is over, and
	 * the plan's `promote: hand` is answered. */
	int by_hand_to;
	char hold[HOLD_TEXT]; /* a scope on hold, in words; "": none is */
};

enum gate_verdict { GATE_WAIT, GATE_PROMOTE, GATE_COMPLETE };

/* What to do, and in `text` why: what it waits for, or what was met. */
enum gate_verdict gate_decide(const struct plan *p, const struct gate_facts *f,
                              char *text, size_t size);

#endif
