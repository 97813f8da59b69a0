#include "config.h"

#include "lib/rollout/engine_parts.h"

void engine_compare_join(struct engine *g, const struct trial *t)
{
	compare_join(&g->compare, t->cell, t->granted_ms, false);
	if (!trial_is_open(t->step))
		engine_compare_end(g, t);
}

/* A failure was heard of. */
void engine_compare_end(struct engine *g, const struct trial *t)
{
	enum compare_end how = t->step == TRIAL_SILENT ? COMPARE_SILENT
	                       : t->step == TRIAL_VOID ? COMPARE_LEFT
	                                               : COMPARE_HEARD;

	compare_end(&g->compare, t->cell, t->granted_ms, false, how);
}

void engine_control_join(struct engine *g, int cell, int64_t at_ms)
{
	compare_join(&g->compare, cell, at_ms, true);
	g->cells[cell].units++;
	scopes_add_units(&g->scopes, cell, 1);
	engine_look(g, cell);
}

void engine_control_end(struct engine *g, int cell, int64_t at_ms,
                        enum trial_step to)
{
	compare_end(&g->compare, cell, at_ms, true,
	            to == TRIAL_SILENT ? COMPARE_SILENT : COMPARE_HEARD);
}

void engine_compare_whole(struct engine *g, int64_t now_ms)
{
	const struct stratum *s;

	while ((s = compare_next(&g->compare, now_ms)) != NULL)
		scopes_compare(&g->scopes, s);
}

void engine_compare_wide(struct engine *g)
{
	for (int i = 0; i < (int)plan_n_cells(g->plan); i++)
		scopes_add_units_wide(&g->scopes, i, g->cells[i].units);
	for (size_t i = 0; i < g->compare.len; i++)
		if (g->compare.items[i].taken)
			scopes_compare_wide(&g->scopes, &g->compare.items[i]);
}
