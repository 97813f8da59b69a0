#include "config.h"

#include "lib/rollout/engine_parts.h"

/* ---- What is overdue ---- */

/* rollout-rules.md, Hold: soft_s after the grant plus twice the interval it
 * was told to poll in, pauses not counted. While a pause lasts, a trial that
 * waits to activate is not overdue: it may not go on. */
static int64_t due_ms(const struct engine *g, const struct trial *t)
{
	if (!trial_is_open(t->step))
		return ENGINE_NEVER;
	if (g->state == ROLLOUT_PAUSED && t->step < TRIAL_ACTIVATED)
		return ENGINE_NEVER;
	return t->granted_ms + t->stood_still_ms +
	       (g->plan->gate.soft_s + 2 * t->poll_after_s) * 1000;
}

static void set_overdue(struct engine *g, struct slot *s, bool overdue)
{
	if (s->overdue == overdue)
		return;
	engine_count(g, s, -1);
	s->overdue = overdue;
	engine_count(g, s, 1);
}

void engine_watch(struct engine *g, uint32_t i)
{
	struct slot *s = &g->slots[i];
	int64_t due = due_ms(g, &s->trial);

	if (due != s->due_ms && due != ENGINE_NEVER)
		queue_add(&g->due, due, i);
	s->due_ms = due;
	set_overdue(g, s, due <= g->ticked_ms);
}

void engine_watch_all_open(struct engine *g)
{
	for (uint32_t i = g->open_first; i != ENGINE_NOBODY;
	     i = g->slots[i].open_after)
		engine_watch(g, i);
}

void engine_told_poll(struct engine *g, size_t i, int64_t poll_after_s)
{
	struct trial *t = &g->slots[i].trial;

	if (t->poll_after_s == poll_after_s)
		return;
	t->poll_after_s = poll_after_s;
	engine_watch(g, (uint32_t)i);
	engine_look(g, t->cell);
}

/* ---- What holds ---- */

bool engine_cell_lives(const struct engine *g, int cell)
{
	return !g->scopes.halted[cell] && !g->cells[cell].held;
}

/* Rare: a hold began or ended somewhere. */
static void holds_changed(struct engine *g)
{
	g->holds_changed = true;
	g->live_open = 0;
	for (int i = 0; i < (int)plan_n_cells(g->plan); i++) {
		g->cells[i].held = scopes_hold_of(&g->scopes, i) != NULL;
		if (engine_cell_lives(g, i))
			g->live_open += g->cells[i].open;
	}
}

void engine_look(struct engine *g, int cell)
{
	if (scopes_look(&g->scopes, cell))
		holds_changed(g);
}

void engine_look_all(struct engine *g)
{
	if (scopes_look_all(&g->scopes))
		holds_changed(g);
}

/* The clock was put back: what is overdue follows from the time alone, as
 * after a restart. */
static void go_back(struct engine *g, int64_t now_ms)
{
	g->ticked_ms = now_ms;
	for (uint32_t i = g->open_first; i != ENGINE_NOBODY;
	     i = g->slots[i].open_after)
		g->slots[i].due_ms = ENGINE_NEVER;
	engine_watch_all_open(g);
	engine_look_all(g);
}

bool engine_tick(struct engine *g, int64_t now_ms)
{
	bool changed;
	int64_t at;
	uint32_t i;

	if (now_ms < g->ticked_ms)
		go_back(g, now_ms);
	g->ticked_ms = now_ms;
	engine_mature(g, g->ticked_ms);
	engine_compare_whole(g, g->ticked_ms);
	while (queue_take(&g->due, g->ticked_ms + 1, &at, &i)) {
		struct slot *s = &g->slots[i];

		if (s->due_ms != at)
			continue;
		set_overdue(g, s, true);
		engine_look(g, s->trial.cell);
	}
	changed = g->holds_changed;
	g->holds_changed = false;
	return changed;
}

bool engine_cell_held(const struct engine *g, int cell)
{
	return g->cells[cell].held;
}

bool engine_all_held(const struct engine *g)
{
	size_t n = plan_n_cells(g->plan), held = 0;

	for (size_t i = 0; i < n; i++)
		held += g->cells[i].held;
	return held > 0 && held + g->scopes.n_halted == n;
}

size_t engine_n_holds(const struct engine *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->scopes.n; i++)
		n += scopes_holds(&g->scopes, i);
	return n;
}

void engine_hold_at(const struct engine *g, size_t k, struct hold *out)
{
	*out = (struct hold){.kind = SCOPE_CELL};
	for (size_t i = 0; i < g->scopes.n; i++)
		if (scopes_holds(&g->scopes, i) && k-- == 0) {
			hold_fill(out, &g->scopes, &g->scopes.all[i]);
			return;
		}
}

bool engine_hold_of(const struct engine *g, int cell, struct hold *out)
{
	const struct scope *sc = scopes_hold_of(&g->scopes, cell);

	if (sc != NULL)
		hold_fill(out, &g->scopes, sc);
	return sc != NULL;
}
