/*
 * When a rollout would end if nothing fails from now on, and who has to act
 * where it would not end by itself. Every state has one or the other. Pure.
 */
#ifndef LIB_ROLLOUT_ETA_H
#define LIB_ROLLOUT_ETA_H

#include "lib/rollout/engine.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state.h"

#define ETA_TEXT 240

struct eta_facts {
	enum rollout_state state;
	int stage, by_hand_to;    /* as gate_facts */
	int64_t since_ms, now_ms; /* the stage began; now */
	int64_t confirmed, failed, kept_out;
	int64_t reach[PLAN_STAGES_MAX]; /* -1: not counted */
	size_t cells_halted;
	bool held;     /* every cell that is left is on hold */
	size_t holds;  /* scopes on hold; no stage is passed while one is */
	bool recalled; /* by another plan, begun since */
	/* How often devices ask, and what passes from a grant to the outcome:
	 * together one round of the cap, which at most doubles each time. */
	int64_t poll_s, attempt_s;
};

enum eta_who { ETA_NOBODY, ETA_OPERATOR, ETA_APPROVERS };
const char *eta_who_name(enum eta_who w); /* "nobody", … */

struct eta {
	int64_t at_s;        /* 0: it does not end by itself */
	int64_t stage_end_s; /* the present stage; 0 likewise */
	enum eta_who who;    /* must act before it goes on */
	char text[ETA_TEXT];
};

void eta_decide(struct eta *out, const struct plan *p,
                const struct eta_facts *f);

/* The mean of the newest trials that confirmed, among some hundreds looked at;
 * -1 when none did. */
int64_t eta_attempt_s(const struct engine *g);

#endif
