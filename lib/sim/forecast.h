/*
 * Many rollouts of one plan over one fleet, added up.
 */
#ifndef LIB_SIM_FORECAST_H
#define LIB_SIM_FORECAST_H

#include "lib/sim/course.h"
#include "lib/sim/estimate.h"

struct forecast_cell {
	int64_t halts;
	struct estimate_mean failed, exposed; /* over all runs */
	struct estimate_mean halt_h;          /* hours, where it halted */
};

struct forecast_stage {
	struct estimate_mean after_h;         /* hours, where reached */
	struct estimate_mean failed, exposed; /* over all runs */
};

struct forecast {
	int64_t runs;
	int64_t halted;    /* some cell */
	int64_t misjudged; /* some cell that is as healthy as is tolerated */
	int64_t completed;
	struct estimate_mean failed, exposed; /* over all runs */
	struct estimate_mean halt_h;          /* hours to the first halt */
	struct estimate_mean finish_h;        /* hours, where it completed */
	struct forecast_stage stages[PLAN_STAGES_MAX];
	struct forecast_cell *cells; /* the plan's index */
	size_t n_cells;
};

/* Failing as often as p0 and falling silent as often as p_silent at most. */
bool forecast_is_healthy(const struct plan *p, const struct fleet_cell *c);

/* peer NULL: Pawl's own rule. */
void forecast_run(struct forecast *out, const struct plan *p,
                  const struct fleet *f, const struct peer_terms *peer,
                  int64_t runs, uint64_t seed);
void forecast_fini(struct forecast *f);
DEFINE_SCOPED_PLACE(forecast_fini, struct forecast)

/* Without a run: so many devices a stage contains in the mean, with those
 * before; and the chance that it contains none of a cell. Buckets are as good
 * as independent (trust.md, Bucket). */
double forecast_reach(const struct plan *p, const struct fleet *f,
                      size_t stage);
double forecast_p_empty(const struct plan *p, const struct fleet *f,
                        size_t stage, size_t cell);

#endif
