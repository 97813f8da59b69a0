#include "config.h"

#include "lib/rollout/engine_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* The same in a cell (ENGINE_CAP_ROLLOUT). */
#define CAP_CELL 3

static const char *const grant_codes[] = {
	/* clang-format off */
	[GRANT_YES]         = "yes",
	[GRANT_NOT_RUNNING] = "not_running",
	[GRANT_CELL_HALTED] = "cell_halted",
	[GRANT_HOLD]        = "hold",
	[GRANT_CAP_ROLLOUT] = "cap_rollout",
	[GRANT_CAP_CELL]    = "cap_cell",
	[GRANT_CAP_FLIGHT]  = "cap_flight",
	[GRANT_CAUTION]     = "caution",
	/* clang-format on */
};

const char *grant_why_code(enum grant_why w)
{
	return grant_codes[w];
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum grant_why engine_may_grant(const struct engine *g, int cell)
{
	const struct sum *c = &g->cells[cell];
	bool silence;

	if (g->state != ROLLOUT_RUNNING)
		return GRANT_NOT_RUNNING;
	if (g->scopes.halted[cell])
		return GRANT_CELL_HALTED;
	if (c->held)
		return GRANT_HOLD;
	if (g->live_open >= larger(ENGINE_CAP_ROLLOUT, g->confirmed))
		return GRANT_CAP_ROLLOUT;
	if (c->open >= larger(CAP_CELL, c->confirmed))
		return GRANT_CAP_CELL;
	if (g->live_open >= g->plan->gate.in_flight)
		return GRANT_CAP_FLIGHT;
	if (scopes_cautious(&g->scopes, cell, &silence) != NULL)
		return GRANT_CAUTION;
	return GRANT_YES;
}

void engine_caution(const struct engine *g, int cell, char *out, size_t size)
{
	bool silence;
	const struct scope *sc = scopes_cautious(&g->scopes, cell, &silence);
	const struct words *hw = &g->plan->hw, *regions = &g->plan->regions;
	char where[CELL_TEXT_SIZE];
	int64_t failed, silent;

	out[0] = '\0';
	if (sc == NULL)
		return;
	failed = tally_failures(&sc->failed);
	silent = scopes_silent(sc) + sc->now.overdue;
	(void)snprintf(out, size,
	               "%s: %" PRId64 " of %" PRId64 " %s so far, with %" PRId64
	               " open no more may start",
	               cell_text(where, sc->hw < 0 ? "*" : hw->w[sc->hw],
	                         sc->region < 0 ? "*" : regions->w[sc->region]),
	               silence ? silent : failed,
	               sc->now.confirmed + failed + (silence ? silent : 0),
	               silence ? "silent or overdue" : "failed",
	               sc->now.pending);
}
