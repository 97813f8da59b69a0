/*
 * One rollout's accounting and verdicts (rollout-rules.md): trials in the
 * order of their grants, what halts, what is promoted. Pure: it holds counts
 * and answers questions; storing, signing and telling devices are its
 * caller's. Rebuilt from stored rows by replaying them in order, it gives the
 * same answers.
 *
 * One thread (the scribe) owns an engine.
 */
#ifndef LIB_ROLLOUT_ENGINE_H
#define LIB_ROLLOUT_ENGINE_H

#include "lib/rollout/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ladder, only upwards, then the ends. Stored as these numbers. */
enum trial_step {
	TRIAL_GRANTED,
	TRIAL_DOWNLOADED,
	TRIAL_VERIFIED,
	TRIAL_INSTALLED,
	TRIAL_ACTIVATED, /* the activate grant was written */
	TRIAL_BOOTED,
	TRIAL_CONFIRMED,
	TRIAL_FAILED,
	TRIAL_REVERTED,
	TRIAL_SILENT,
	TRIAL_VOID,
};
const char *trial_step_name(enum trial_step s);
bool trial_is_open(enum trial_step s);    /* granted until an end */
bool trial_is_failure(enum trial_step s); /* failed or reverted */

struct trial {
	int64_t device;  /* the caller's key */
	int64_t attempt; /* 1 … 2^31 - 1, not ending in 0 */
	int cell;        /* frozen at enrolment */
	bool counted;    /* enrolled before the rollout began: in gates, caps */
	enum trial_step step;
	int64_t granted_ms;
	int64_t step_ms;
};

/* The states of a rollout, and the events that move it: a table in state.c
 * (with `pawl-sim`-readable DOT output, engine_dot()). */
enum rollout_state {
	ROLLOUT_RUNNING,
	ROLLOUT_PAUSED,     /* by an operator */
	ROLLOUT_HALTED,     /* every cell */
	ROLLOUT_COMPLETED,  /* the watch ended */
	ROLLOUT_SUPERSEDED, /* a newer revision took over */
};
enum rollout_event {
	ROLLOUT_EV_PAUSE,
	ROLLOUT_EV_RESUME,
	ROLLOUT_EV_HALT_ALL,
	ROLLOUT_EV_COMPLETE,
	ROLLOUT_EV_SUPERSEDE,
};
const char *rollout_state_name(enum rollout_state s);
/* The next state, or -1: this event is not allowed here. */
int rollout_next(enum rollout_state s, enum rollout_event ev);

enum scope_kind { SCOPE_CELL, SCOPE_HW, SCOPE_REGION, SCOPE_POOLED };

/* Why it halted: inputs, so that anyone recomputes the verdict. */
struct evidence {
	enum scope_kind crossed;   /* whose sum crossed the bound */
	word hw, region;           /* of that scope, "*" where it spans */
	enum scope_kind halted_as; /* narrowest scope with every failure */
	word halt_hw, halt_region;
	int64_t failures, trials; /* of the sum that crossed */
	int64_t bound;            /* s*(trials) */
	int32_t p0_ppm, alpha_ppm;
	int32_t weight_ppm;       /* of the scope */
	bool prefix;              /* it was a prefix older than soft_s */
	int64_t first_devices[5]; /* keys of the first failing devices */
	size_t n_first;
	int64_t at_ms;
	bool by_hand;
	char text[240]; /* the sentence people read */
};

enum action_kind { ACTION_NONE, ACTION_HALT, ACTION_PROMOTE, ACTION_COMPLETE };
struct action {
	enum action_kind kind;
	int to_stage;             /* ACTION_PROMOTE */
	struct evidence evidence; /* ACTION_HALT */
};

struct engine;

/* The plan is borrowed and must outlive the engine. */
struct engine *engine_new(const struct plan *p, int64_t began_ms);
void engine_free(struct engine *g);

/* Restoring and changing what is stored. */
void engine_set_stage(struct engine *g, int stage, int64_t since_ms);
int engine_stage(const struct engine *g);
void engine_set_state(struct engine *g, enum rollout_state s);
enum rollout_state engine_state(const struct engine *g);
/* "*" spans; a halted cell never un-halts within a revision. */
void engine_halt(struct engine *g, const char *hw, const char *region);
bool engine_cell_halted(const struct engine *g, int cell);
size_t engine_n_halted(const struct engine *g);

/* Devices per cell that this plan's stage contains and that were seen within
 * 7 days; lowers min_confirmed (Promotion). The caller recounts now and then.
 */
void engine_set_reach(struct engine *g, int stage, int64_t devices);

/* Trials. Handles are indexes in order of enrolment. */
size_t engine_enrol(struct engine *g, const struct trial *t);
const struct trial *engine_trial(const struct engine *g, size_t i);
size_t engine_n_trials(const struct engine *g);
/* Moves up its ladder, or to an end, or nowhere (late good news after a
 * failure, a step below): true when it changed. "A failure after confirm
 * counts until the watch ends and sticks." */
bool engine_move(struct engine *g, size_t i, enum trial_step to,
                 int64_t now_ms);

/* May one more grant be written in this cell? */
enum grant_why {
	GRANT_YES,
	GRANT_NOT_RUNNING,
	GRANT_CELL_HALTED,
	GRANT_CAP_ROLLOUT, /* open < max(10, confirmed) */
	GRANT_CAP_CELL,    /* open < max(3, confirmed in the cell) */
	GRANT_CAP_FLIGHT,  /* gate.in_flight */
};
const char *grant_why_code(enum grant_why w);
enum grant_why engine_may_grant(const struct engine *g, int cell);

/* Ends trials that are past hard_s as silent; returns how many. The caller
 * asks engine_trial() for those whose step_ms is now_ms. */
size_t engine_expire(struct engine *g, int64_t now_ms);

/* The next thing to do at now_ms: one action; the caller carries it out
 * (engine_halt, engine_set_stage, engine_set_state) and asks again until
 * ACTION_NONE. Halts come first. */
void engine_evaluate(const struct engine *g, int64_t now_ms,
                     struct action *out);
/* What promotion waits for, in words; "" when nothing. */
void engine_waits_for(const struct engine *g, int64_t now_ms, char *out,
                      size_t size);

/* What people look at. */
struct cell_counts {
	int64_t trials, open, confirmed, failed, silent;
	int64_t bound; /* s*(trials) for the cell's own scope */
	bool halted;
};
void engine_cell_counts(const struct engine *g, int cell,
                        struct cell_counts *out);
void engine_counts(const struct engine *g, struct cell_counts *out);

/* The state table as a DOT graph. */
void engine_dot(struct buf *out);

#endif
