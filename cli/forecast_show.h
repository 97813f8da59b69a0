/*
 * A forecast as people and programs read it: the same of pawl-sim, over a
 * fleet on paper, and of pawlctl, over the one that is there.
 */
#ifndef CLI_FORECAST_SHOW_H
#define CLI_FORECAST_SHOW_H

#include "cli/cli.h"
#include "lib/json/jw.h"
#include "lib/sim/forecast.h"

/* A cell takes below 1000 bytes, a stage below 600. */
#define FORECAST_SHOW_JSON_MAX \
	((size_t)PLAN_CELLS_MAX * 1000 + PLAN_STAGES_MAX * 600 + 4096)

struct forecast_show {
	const struct plan *plan;
	const struct fleet *fleet;
	const struct forecast *forecast;
	const struct peer_terms *peer; /* NULL: Pawl's own rule */
	int64_t seed;
};

/* What was asked, in a line or two. */
void forecast_show_head(const struct cli *c, const struct forecast_show *f);
/* Its figures, all cells together, with their intervals. */
void forecast_show_figures(const struct cli *c, const struct forecast_show *f);
void forecast_show_stages(const struct cli *c, const struct forecast_show *f);
/* What each stage can meet (lib/rollout/gate.h); needs no run. */
void forecast_show_gates(const struct cli *c, const struct plan *p,
                         const struct fleet *f);
void forecast_show_cells(const struct cli *c, const struct forecast_show *f);
/* By cell, the chance that a stage contains none of it; needs no run. */
void forecast_show_empty(const struct cli *c, const struct plan *p,
                         const struct fleet *f);

/* The members of one object. */
void forecast_show_put(struct jw *w, const struct forecast_show *f);

/* A number that is no integer, with so many decimals. */
void forecast_show_real(struct jw *w, const char *key, double value,
                        int decimals);
/* "NAME": value, "NAME_95": [low, high]. */
void forecast_show_figure(struct jw *w, const char *key, double value,
                          struct interval in, int decimals);

#endif
