/*
 * The scopes of one plan and their sums: every cell, hardware revision and
 * region, and all together; over failures, and over silence. The proof that
 * they share one α stands above the code.
 */
#ifndef LIB_ROLLOUT_SCOPES_H
#define LIB_ROLLOUT_SCOPES_H

#include "lib/rollout/compare.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/tally.h"
#include "lib/rollout/trial.h"

enum scope_kind { SCOPE_CELL, SCOPE_HW, SCOPE_REGION, SCOPE_POOLED };

/* Kept by scopes_count(), beside the tallies. */
struct scope_counts {
	int64_t pending;   /* open and not overdue, counted or not */
	int64_t overdue;   /* counted ones: open longer than they should be */
	int64_t confirmed; /* counted ones */
};

struct scope {
	enum scope_kind kind;
	int hw, region; /* indexes into the plan's lists; -1 spans */
	double weight;  /* of α, with those of scopes it coincides with */
	/* Of α_silent: for the bar, half where the plan keeps devices back;
	 * for the comparison, always half, as it goes on when a revision
	 * keeps nobody back any more. */
	double silent_weight, compared_weight;
	double compare_bound; /* its log e */
	struct tally failed, silent;
	struct scope_counts now;
	struct compare_sum beside; /* its silence, against control units */
	bool held;                 /* as last looked at */
};

/* A trial is in at most one scope of each kind. */
#define SCOPES_OF_TRIAL 4

struct scopes {
	const struct plan *plan; /* borrowed */
	/* In the order they are looked at: cells, hardware revisions,
	 * regions, pooled. */
	struct scope *all;
	size_t n;
	size_t first_hw, first_region, pooled; /* n: there is none */
	bool *halted;                          /* by cell */
	size_t n_halted;
	const struct compare *strata; /* borrowed; NULL without control units */
	int64_t epoch;                /* α is halved so often */
	struct stats_table tables[2 * SCOPES_OF_TRIAL];
	size_t n_tables;
};

/* The place of a counted trial in each of its scopes' sums. */
struct scope_places {
	uint32_t at[SCOPES_OF_TRIAL];
};

void scopes_init(struct scopes *s, const struct plan *p);
/* The strata that scopes_compare() will be given; they stay where they are. */
void scopes_set_strata(struct scopes *s, const struct compare *c);
void scopes_fini(struct scopes *s);
DEFINE_SCOPED_PLACE(scopes_fini, struct scopes)

/* Halves α so often, before the first trial and halt: another epoch of the
 * same plan id. */
void scopes_set_epoch(struct scopes *s, int64_t epoch);

/* A counted trial joins its sums as open. */
void scopes_add(struct scopes *s, struct scope_places *out, int cell);
/* … and this is what it ended as; once, and only for a failure, silence or
 * void. */
void scopes_end(struct scopes *s, const struct scope_places *at,
                const struct trial *t);

/* Marks a cell halted. The sums wider than a cell are then wrong until
 * scopes_clear_wide() emptied them and scopes_add_wide() was called for every
 * counted trial in the order of enrolment. */
void scopes_halt(struct scopes *s, int cell);
void scopes_clear_wide(struct scopes *s);
void scopes_add_wide(struct scopes *s, struct scope_places *at,
                     const struct trial *t);

/* Adds to the counts of every scope of the cell, or only of those that
 * scopes_clear_wide() emptied. */
void scopes_count(struct scopes *s, int cell, const struct scope_counts *by);
void scopes_count_wide(struct scopes *s, int cell,
                       const struct scope_counts *by);
/* So many control units more joined in this cell; a stratum of it is whole.
 * Of every scope of the cell, or only of those that were emptied. */
void scopes_add_units(struct scopes *s, int cell, int64_t n);
void scopes_add_units_wide(struct scopes *s, int cell, int64_t n);
void scopes_compare(struct scopes *s, const struct stratum *st);
void scopes_compare_wide(struct scopes *s, const struct stratum *st);

/* Looks whether the scopes of this cell hold, after its counts changed; true
 * when one begins or ends. scopes_look_all() looks at every scope. */
bool scopes_look(struct scopes *s, int cell);
bool scopes_look_all(struct scopes *s);
/* The widest scope of the cell that holds; NULL when none does. A halted cell
 * is not held. */
const struct scope *scopes_hold_of(const struct scopes *s, int cell);
/* Silent trials that hold it and call for caution: none where they are
 * compared with control units. */
int64_t scopes_silent(const struct scope *sc);
/* Is this one a hold that denies anything: not that of a halted cell. */
bool scopes_holds(const struct scopes *s, size_t i);

/* Would one more open trial in this cell be too many for how often those that
 * ended failed, or fell silent (Caution)? The first scope that says so, or
 * NULL; *silence says of what. */
const struct scope *scopes_cautious(const struct scopes *s, int cell,
                                    bool *silence);

/* A sum that crosses now, the first in the order. */
struct crossing {
	const struct scope *scope;
	const struct tally *tally;
	bool silence;
	bool prefix;
	bool compared; /* silence, with the scope's control units */
	size_t marks;  /* the first so many of the tally are looked at */
	int64_t failures, trials;
};
bool scopes_crossing(const struct scopes *s, int64_t now_ms,
                     struct crossing *out);
/* Is the i-th mark of its tally a failure in the crossing sum? */
bool scopes_counts(const struct scopes *s, const struct crossing *c, size_t i);
/* The narrowest scope that holds every failure of the crossing sum. */
enum scope_kind scopes_narrowest(const struct scopes *s,
                                 const struct crossing *c, int *hw,
                                 int *region);

#endif
