/*
 * May the rollout go one stage further (rollout-rules.md, Promotion)? Halts
 * are looked at before; here nothing is pending. Pure.
 */
#ifndef LIB_ROLLOUT_GATE_H
#define LIB_ROLLOUT_GATE_H

#include "lib/rollout/plan.h"

struct gate_facts {
	int stage;
	int64_t since_ms; /* when the stage began */
	int64_t now_ms;
	/* Counted devices since the rollout began, in cells not halted. */
	int64_t confirmed, failed, silent, open_counted;
	/* Of the counted ones, the prefix older than the hard deadline: trials
	 * but silent ones, and failed with those still open. */
	int64_t old, old_failed;
	/* bar.h: trials that promote with old_failed failures among them, and
	 * at best, when nothing fails any more, with `failed`. */
	int64_t needed, needed_at_best;
	/* By stage: engine_set_reach(); -1 not told. */
	int64_t reach[PLAN_STAGES_MAX];
	int64_t kept_out; /* engine_set_kept_out() */
	/* The stage an operator let it go to: the soak before it is over, what
	 * is judged suffices, and the plan's `promote: hand` is answered. */
	int by_hand_to;
	size_t holds; /* scopes on hold; the widest is: */
	word hold_hw, hold_region;
};

enum gate_verdict { GATE_WAIT, GATE_PROMOTE, GATE_COMPLETE };

/* A device is waited for while it was seen so lately (engine_set_reach()). A
 * stage that soaked waits as long for devices that do not come. */
#define GATE_SEEN_S (INT64_C(7) * 86400)

/* What a stage can meet, said beforehand: with how many failures among so many
 * devices, all stages so far together, it is still promoted by evidence; -1:
 * by its soak, even when none fails. *needed is for none. */
int64_t gate_can_meet(const struct plan *p, int64_t devices, int64_t *needed);

/* What to do, and in `text` why: what it waits for, or what was met. */
enum gate_verdict gate_decide(const struct plan *p, const struct gate_facts *f,
                              char *text, size_t size);

#endif
