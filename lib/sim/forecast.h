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

struct forecast {
	int64_t runs;
	int64_t halted;    /* some cell */
	int64_t misjudged; /* some cell that is as healthy as is tolerated */
	int64_t completed;
	struct estimate_mean failed, exposed; /* over all runs */
	struct estimate_mean finish_h;        /* hours, where it completed */
	struct estimate_mean stage_h[PLAN_STAGES_MAX]; /* where reached */
	struct forecast_cell *cells;                   /* the plan's index */
	size_t n_cells;
};

/* Failing as often as p0 and falling silent as often as p_silent at most. */
bool forecast_is_healthy(const struct plan *p, const struct fleet_cell *c);

void forecast_run(struct forecast *out, const struct plan *p,
                  const struct fleet *f, int64_t runs, uint64_t seed);
void forecast_fini(struct forecast *f);
DEFINE_SCOPED_PLACE(forecast_fini, struct forecast)

#endif
