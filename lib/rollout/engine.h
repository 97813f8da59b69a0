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

#include "lib/rollout/evidence.h"
#include "lib/rollout/hold.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/state.h"
#include "lib/rollout/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A device whose attempt is open is told to ask again after this: short, so
 * that it is heard of soon, and so that soft_s decides what is overdue. */
#define ENGINE_POLL_OPEN_S 300
/* rollout-rules.md, Cap: so many may be open before anything confirmed. */
#define ENGINE_CAP_ROLLOUT 10

enum action_kind { ACTION_NONE, ACTION_HALT, ACTION_PROMOTE, ACTION_COMPLETE };
struct action {
	enum action_kind kind;
	int to_stage;             /* ACTION_PROMOTE */
	struct evidence evidence; /* ACTION_HALT */
	char text[EVIDENCE_TEXT]; /* what was met; for a halt the evidence's */
};

struct engine;

/* The plan is borrowed and must outlive the engine. It begins running, in
 * stage 0 since began_ms. */
struct engine *engine_new(const struct plan *p, int64_t began_ms);
void engine_free(struct engine *g);
DEFINE_SCOPED(engine_free, struct engine *)

/* How often the plan began anew before (`resumes`): its α and α_silent are
 * halved as often. Before the first trial and halt; 0 unless told. */
void engine_set_epoch(struct engine *g, int64_t epoch);

/* Restoring and changing what is stored. */
void engine_set_stage(struct engine *g, int stage, int64_t since_ms);
int engine_stage(const struct engine *g);
void engine_set_state(struct engine *g, enum rollout_state s);
enum rollout_state engine_state(const struct engine *g);
/* "*" spans; a halted cell never un-halts within a revision. When the last
 * cell halts, the caller moves the state with ROLLOUT_EV_HALT_ALL. */
void engine_halt(struct engine *g, const char *hw, const char *region);
bool engine_cell_halted(const struct engine *g, int cell);
size_t engine_n_halted(const struct engine *g);
/* An operator's pause that ends: the deadlines of trials that were waiting to
 * activate stood still meanwhile. It is added to their stood_still_ms, which
 * the caller stores (trial_stands_still_ms()). (While it lasts, ROLLOUT_PAUSED
 * keeps them from falling silent.) It did not end after all: the same, taken
 * back. */
void engine_add_pause(struct engine *g, int64_t from_ms, int64_t to_ms);
void engine_take_back_pause(struct engine *g, int64_t from_ms, int64_t to_ms);

/* Devices that this plan's stage contains, that were enrolled before the
 * rollout began, whose cell is not halted and that were seen within 7 days;
 * lowers min_confirmed (Promotion). The caller recounts now and then, all
 * stages up to this one and the one before from the same list of devices.
 */
void engine_set_reach(struct engine *g, int stage, int64_t devices);

/* So many devices of this stage have no trial because their batch holds its
 * share: nobody waits for them. */
void engine_set_kept_out(struct engine *g, int64_t devices);

/* An operator lets it go to this stage: the rest of the soak and the judgement
 * (gate.h) are skipped, and `promote: hand` answered; dates, holds and
 * confirmations stay. The caller stores
 * it and says it again after a restart. */
void engine_promote_by_hand(struct engine *g, int to_stage);
/* What was said with this, engine_set_reach() and engine_set_kept_out(). */
int engine_by_hand_to(const struct engine *g);
int64_t engine_reach(const struct engine *g, int stage);
int64_t engine_kept_out(const struct engine *g);

/* Trials. Handles are indexes in order of enrolment. Any step may be given,
 * so that stored rows can be replayed. A device has at most one trial that is
 * not void, and its retries: those take slots and are in no gate, so they are
 * enrolled with `counted` false. */
size_t engine_enrol(struct engine *g, const struct trial *t);
const struct trial *engine_trial(const struct engine *g, size_t i);
size_t engine_n_trials(const struct engine *g);
/* Moves up its ladder, or to an end, or nowhere (trial_may_move(); the watch
 * has ended when the rollout completed): true when it changed. */
bool engine_move(struct engine *g, size_t i, enum trial_step to,
                 int64_t now_ms);

/* May one more grant be written in this cell? */
enum grant_why {
	GRANT_YES,
	GRANT_NOT_RUNNING,
	GRANT_CELL_HALTED,
	GRANT_HOLD,        /* a scope of the cell is on hold */
	GRANT_CAP_ROLLOUT, /* open < max(10, confirmed) */
	GRANT_CAP_CELL,    /* open < max(3, confirmed in the cell) */
	GRANT_CAP_FLIGHT,  /* gate.in_flight */
	GRANT_CAUTION,     /* too many failed or fell silent so far */
};
const char *grant_why_code(enum grant_why w);
enum grant_why engine_may_grant(const struct engine *g, int cell);
/* GRANT_CAUTION in words: which scope, and what it saw; "" when it is not. */
void engine_caution(const struct engine *g, int cell, char *out, size_t size);

/* How long the device of this trial was told to wait until it asks again, in
 * seconds: at each of its check-ins, and at the one that granted (then before
 * engine_enrol(), in the trial). Stored by the caller, like its steps. */
void engine_told_poll(struct engine *g, size_t i, int64_t poll_after_s);

/* Control units of a hold-back (rollout-rules.md, Hold-back): one that joins
 * when it would have been granted a start, and ends heard of again
 * (TRIAL_CONFIRMED) or silent at the hard deadline. Devices enrolled after the
 * rollout began are none. In a scope with COMPARE_UNITS_MIN of them silence
 * halts by the comparison with them. The caller keeps the units, and says them
 * again after a restart, with their ends; order does not matter. */
void engine_control_join(struct engine *g, int cell, int64_t at_ms);
void engine_control_end(struct engine *g, int cell, int64_t at_ms,
                        enum trial_step to);

/* Holds (rollout-rules.md, Hold). They follow from the trials, the state and
 * the time of the last tick, and so are not stored: after a restart one tick
 * finds them again. A trial is overdue soft_s after its grant plus twice the
 * poll_after_s last told, pauses not counted. A scope is on hold while overdue
 * and silent trials together are more than p_silent and alpha_silent allow.
 * Then no grant is written in its cells, and the rollout is not promoted; an
 * open attempt goes on, and may activate.
 *
 * Notes what became overdue: every second, after engine_expire_next(). True
 * when a hold began or ended since the last tick, also by a report. */
bool engine_tick(struct engine *g, int64_t now_ms);
/* A halted cell is not held. */
bool engine_cell_held(const struct engine *g, int cell);
/* Every cell that is not halted is held, and there is one: the caller signs
 * `run: hold`. */
bool engine_all_held(const struct engine *g);
/* The scopes on hold, k from 0, narrow ones first. */
size_t engine_n_holds(const struct engine *g);
void engine_hold_at(const struct engine *g, size_t k, struct hold *out);
/* The widest of those that hold this cell; false when none does. As cheap
 * however many cells are held: each device that is denied a start asks it. */
bool engine_hold_of(const struct engine *g, int cell, struct hold *out);

/* What one batch's devices hold: open grants in cells that are not halted;
 * counted trials of a cell, void ones not. Asking costs the same however many
 * trials there are. */
int64_t engine_batch_open(const struct engine *g, int64_t batch);
int64_t engine_batch_trials(const struct engine *g, int cell, int64_t batch);

/* Ends the first open trial that is past hard_s (pauses not counted) as
 * silent: true, and which. */
bool engine_expire_next(struct engine *g, int64_t now_ms, size_t *out);
/* All of them; returns how many. */
size_t engine_expire(struct engine *g, int64_t now_ms);

/* The next thing to do at now_ms: one action; the caller carries it out
 * (engine_halt, engine_set_stage, engine_set_state) and asks again until
 * ACTION_NONE. Halts come first, also while paused. */
void engine_evaluate(const struct engine *g, int64_t now_ms,
                     struct action *out);
/* What promotion waits for, in words; "" when nothing. */
void engine_waits_for(const struct engine *g, int64_t now_ms, char *out,
                      size_t size);

/* What people look at. Counted devices only, except `uncounted`: trials, not
 * void, of devices enrolled after the rollout began. */
struct cell_counts {
	int64_t trials; /* open + confirmed + failed: the n of the sum */
	int64_t open, confirmed, failed;
	int64_t silent;  /* beside them */
	int64_t overdue; /* of open */
	int64_t uncounted;
	int64_t bound; /* s*(trials) for the cell's own scope; -1: none */
	bool halted;
	bool held; /* on hold, of a scope that has the cell in it */
};
void engine_cell_counts(const struct engine *g, int cell,
                        struct cell_counts *out);
/* All cells together; the bound is that of the widest scope, over the cells
 * that are not halted; halted when every cell is, held when
 * all that is left is. */
void engine_counts(const struct engine *g, struct cell_counts *out);

#endif
