#include "config.h"

#include "lib/rollout/engine_parts.h"

/* rollout-rules.md, Cap: so many may be open before anything confirmed. */
#define CAP_ROLLOUT 10
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

	if (g->state != ROLLOUT_RUNNING)
		return GRANT_NOT_RUNNING;
	if (g->scopes.halted[cell])
		return GRANT_CELL_HALTED;
	if (c->held)
		return GRANT_HOLD;
	if (g->live_open >= larger(CAP_ROLLOUT, g->confirmed))
		return GRANT_CAP_ROLLOUT;
	if (c->open >= larger(CAP_CELL, c->confirmed))
		return GRANT_CAP_CELL;
	if (g->live_open >= g->plan->gate.in_flight)
		return GRANT_CAP_FLIGHT;
	return GRANT_YES;
}
