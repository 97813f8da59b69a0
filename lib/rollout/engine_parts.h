/*
 * What the engine's own files share: nobody else includes this.
 */
#ifndef LIB_ROLLOUT_ENGINE_PARTS_H
#define LIB_ROLLOUT_ENGINE_PARTS_H

#include "lib/base/queue.h"
#include "lib/rollout/bar.h"
#include "lib/rollout/by_batch.h"
#include "lib/rollout/engine.h"
#include "lib/rollout/scopes.h"

#define ENGINE_NOBODY UINT32_MAX
#define ENGINE_NEVER INT64_MAX

struct slot {
	struct trial trial;
	struct scope_places places; /* of a counted trial */
	uint32_t open_before, open_after;
	int64_t due_ms; /* overdue from then on; ENGINE_NEVER: not now */
	bool overdue;
};

/* Kept as trials move, so that every question is answered from counts. */
struct sum {
	int64_t open;         /* with those not counted: they take slots */
	int64_t open_counted; /* without */
	int64_t confirmed, failed, silent; /* counted ones */
	int64_t overdue;                   /* of open_counted */
	int64_t uncounted;                 /* not void */
	int64_t units;                     /* control units */
	bool held;                         /* a scope of the cell holds */
};

struct engine {
	const struct plan *plan;
	enum rollout_state state;
	struct scopes scopes;
	struct sum *cells;
	struct by_batch by_batch;  /* trials of its devices */
	struct compare compare;    /* hours of trials and control units */
	int64_t live_open;         /* open in cells neither halted nor held */
	int64_t confirmed, failed; /* in all cells */
	struct slot *slots;
	size_t n_slots, slots_room;
	uint32_t open_first, open_last;
	/* When trials become overdue. An entry whose time is not its slot's
	 * due_ms any more is passed over. */
	struct queue due;
	int64_t ticked_ms;
	bool holds_changed; /* since the last tick */
	/* The prefix older than the hard deadline: slots below `old`, and
	 * those in it that promotion looks at. */
	size_t old;
	int64_t matured_ms;
	int64_t old_trials, old_failures;
	struct bar bar;   /* covers the failures there are */
	int64_t since_ms; /* the stage began */
	int stage, by_hand_to;
	int64_t reach[PLAN_STAGES_MAX];
	int64_t kept_out;
};

/* A cell whose open grants are in the rollout's cap. */
bool engine_cell_lives(const struct engine *g, int cell);

/* Puts a trial's present step into the counts (by = 1), or takes it out (-1).
 */
void engine_count(struct engine *g, const struct slot *s, int by);

/* Takes what is older than the hard deadline now into that prefix. */
void engine_mature(struct engine *g, int64_t now_ms);

/* A counted trial joined, or moved to where it stands now: its stratum. */
void engine_compare_join(struct engine *g, const struct trial *t);
void engine_compare_end(struct engine *g, const struct trial *t);
/* Takes the strata that are whole now into the sums. */
void engine_compare_whole(struct engine *g, int64_t now_ms);
/* Those taken so far, once more into the scopes that were emptied. */
void engine_compare_wide(struct engine *g);

/* Whatever decides when this trial is overdue may have changed. */
void engine_watch(struct engine *g, uint32_t i);
void engine_watch_all_open(struct engine *g);
/* The counts of this cell changed: do its scopes hold? */
void engine_look(struct engine *g, int cell);
/* The counts of any cell may have. */
void engine_look_all(struct engine *g);

#endif
