#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/engine_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct engine *engine_new(const struct plan *p, int64_t began_ms)
{
	struct engine *g = xcalloc(1, sizeof(*g));

	g->plan = p;
	g->since_ms = began_ms;
	g->open_first = g->open_last = ENGINE_NOBODY;
	g->ticked_ms = INT64_MIN;
	g->cells = xcalloc(plan_n_cells(p), sizeof(*g->cells));
	for (size_t i = 0; i < PLAN_STAGES_MAX; i++)
		g->reach[i] = -1;
	scopes_init(&g->scopes, p);
	scopes_set_strata(&g->scopes, &g->compare);
	bar_init(&g->bar, p->gate.p1_ppm, p->gate.beta_ppm);
	return g;
}

void engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	scopes_fini(&g->scopes);
	by_batch_fini(&g->by_batch);
	compare_fini(&g->compare);
	queue_fini(&g->due);
	bar_fini(&g->bar);
	free(g->cells);
	free(g->slots);
	free(g);
}

void engine_set_epoch(struct engine *g, int64_t epoch)
{
	assert(g->n_slots == 0);
	scopes_set_epoch(&g->scopes, epoch);
}

void engine_set_stage(struct engine *g, int stage, int64_t since_ms)
{
	assert(stage >= 0 && (size_t)stage < g->plan->n_stages);
	g->stage = stage;
	g->since_ms = since_ms;
}

int engine_stage(const struct engine *g)
{
	return g->stage;
}

void engine_set_state(struct engine *g, enum rollout_state s)
{
	bool was_paused = g->state == ROLLOUT_PAUSED;

	g->state = s;
	if (was_paused == (s == ROLLOUT_PAUSED))
		return;
	engine_watch_all_open(g);
	engine_look_all(g);
}

enum rollout_state engine_state(const struct engine *g)
{
	return g->state;
}

void engine_promote_by_hand(struct engine *g, int to_stage)
{
	g->by_hand_to = to_stage;
}

int engine_by_hand_to(const struct engine *g)
{
	return g->by_hand_to;
}

int64_t engine_reach(const struct engine *g, int stage)
{
	return g->reach[stage];
}

int64_t engine_kept_out(const struct engine *g)
{
	return g->kept_out;
}

void engine_set_reach(struct engine *g, int stage, int64_t devices)
{
	assert(stage >= 0 && (size_t)stage < g->plan->n_stages);
	g->reach[stage] = devices;
}

bool engine_cell_halted(const struct engine *g, int cell)
{
	return g->scopes.halted[cell];
}

size_t engine_n_halted(const struct engine *g)
{
	return g->scopes.n_halted;
}

static struct scope_counts scope_counts_of(const struct slot *s, int by)
{
	const struct trial *t = &s->trial;
	bool open = trial_is_open(t->step);

	return (struct scope_counts){
		.pending = open && !s->overdue ? by : 0,
		.overdue = open && s->overdue && t->counted ? by : 0,
		.confirmed = t->counted && t->step == TRIAL_CONFIRMED ? by : 0,
	};
}

/* rollout-rules.md, Halt: halted cells leave every wider sum, which is
 * recomputed. Rare, so it walks all trials. */
static void recompute_wide(struct engine *g)
{
	scopes_clear_wide(&g->scopes);
	for (size_t i = 0; i < g->n_slots; i++) {
		struct slot *s = &g->slots[i];
		struct scope_counts n = scope_counts_of(s, 1);

		if (s->trial.counted)
			scopes_add_wide(&g->scopes, &s->places, &s->trial);
		scopes_count_wide(&g->scopes, s->trial.cell, &n);
	}
	engine_compare_wide(g);
	engine_look_all(g);
}

/* rollout-rules.md, Promotion: in the prefix older than the hard deadline open
 * trials are failures; silent ones and halted cells are left out. */
static void count_old(struct engine *g, size_t i, int by)
{
	const struct trial *t = &g->slots[i].trial;

	if (i >= g->old || !t->counted || g->scopes.halted[t->cell] ||
	    t->step == TRIAL_SILENT || t->step == TRIAL_VOID)
		return;
	g->old_trials += by;
	if (t->step != TRIAL_CONFIRMED)
		g->old_failures += by;
	bar_grow(&g->bar, g->old_failures);
}

static void recount_old(struct engine *g)
{
	g->old_trials = g->old_failures = 0;
	for (size_t i = 0; i < g->old; i++)
		count_old(g, i, 1);
}

void engine_mature(struct engine *g, int64_t now_ms)
{
	/* A clock that was put back: begin again. */
	if (now_ms < g->matured_ms) {
		g->old = 0;
		recount_old(g);
	}
	g->matured_ms = now_ms;
	while (g->old < g->n_slots &&
	       now_ms - g->slots[g->old].trial.granted_ms >=
	               g->plan->gate.hard_s * 1000) {
		g->old++;
		count_old(g, g->old - 1, 1);
	}
}

void engine_halt(struct engine *g, const char *hw, const char *region)
{
	struct cell pattern;
	size_t before = g->scopes.n_halted;

	word_set(pattern.hw, hw);
	word_set(pattern.region, region);
	for (int i = 0; i < (int)plan_n_cells(g->plan); i++) {
		struct cell c = plan_cell_at(g->plan, i);

		if (g->scopes.halted[i] ||
		    !cells_match(&pattern, 1, c.hw, c.region))
			continue;
		if (engine_cell_lives(g, i))
			g->live_open -= g->cells[i].open;
		/* A hold is moot where nothing starts any more. */
		g->holds_changed |= g->cells[i].held;
		g->cells[i].held = false;
		scopes_halt(&g->scopes, i);
		by_batch_release_cell(&g->by_batch, i);
	}
	if (g->scopes.n_halted == before)
		return;
	recompute_wide(g);
	recount_old(g);
}

/* One list of the open trials, in the order of enrolment: all that may still
 * become silent. */
static void open_append(struct engine *g, uint32_t i)
{
	struct slot *s = &g->slots[i];

	s->open_before = g->open_last;
	s->open_after = ENGINE_NOBODY;
	if (g->open_last == ENGINE_NOBODY)
		g->open_first = i;
	else
		g->slots[g->open_last].open_after = i;
	g->open_last = i;
}

static void open_remove(struct engine *g, uint32_t i)
{
	struct slot *s = &g->slots[i];

	if (s->open_before == ENGINE_NOBODY)
		g->open_first = s->open_after;
	else
		g->slots[s->open_before].open_after = s->open_after;
	if (s->open_after == ENGINE_NOBODY)
		g->open_last = s->open_before;
	else
		g->slots[s->open_after].open_before = s->open_before;
}

static void count_held(struct engine *g, const struct trial *t, int by)
{
	struct by_batch_count n = {
		.open = trial_is_open(t->step) ? by : 0,
		.trials = t->counted && t->step != TRIAL_VOID ? by : 0,
	};

	by_batch_add(&g->by_batch, t->cell, t->batch, n);
	if (g->scopes.halted[t->cell])
		n.open = 0;
	by_batch_add(&g->by_batch, BY_BATCH_ALL_CELLS, t->batch, n);
}

void engine_count(struct engine *g, const struct slot *s, int by)
{
	const struct trial *t = &s->trial;
	struct sum *c = &g->cells[t->cell];
	struct scope_counts n = scope_counts_of(s, by);

	count_held(g, t, by);
	scopes_count(&g->scopes, t->cell, &n);
	c->overdue += n.overdue;
	if (trial_is_open(t->step)) {
		c->open += by;
		if (engine_cell_lives(g, t->cell))
			g->live_open += by;
	}
	if (!t->counted) {
		c->uncounted += t->step == TRIAL_VOID ? 0 : by;
		return;
	}
	if (trial_is_open(t->step)) {
		c->open_counted += by;
	} else if (t->step == TRIAL_CONFIRMED) {
		c->confirmed += by;
		g->confirmed += by;
	} else if (trial_is_failure(t->step)) {
		c->failed += by;
		g->failed += by;
		bar_grow(&g->bar, g->failed);
	} else if (t->step == TRIAL_SILENT) {
		c->silent += by;
	}
}

size_t engine_enrol(struct engine *g, const struct trial *t)
{
	uint32_t i = (uint32_t)g->n_slots;
	struct slot *s;

	assert(g->n_slots < ENGINE_NOBODY);
	assert(t->cell >= 0 && (size_t)t->cell < plan_n_cells(g->plan));
	if (g->n_slots == g->slots_room) {
		g->slots_room = g->slots_room > 0 ? 2 * g->slots_room : 64;
		g->slots = xreallocarray(g->slots, g->slots_room,
		                         sizeof(*g->slots));
	}
	s = &g->slots[g->n_slots++];
	*s = (struct slot){.trial = *t, .due_ms = ENGINE_NEVER};
	if (t->counted) {
		scopes_add(&g->scopes, &s->places, t->cell);
		scopes_end(&g->scopes, &s->places, t);
		engine_compare_join(g, t);
	}
	if (trial_is_open(t->step))
		open_append(g, i);
	engine_count(g, s, 1);
	engine_watch(g, i);
	engine_look(g, t->cell);
	return i;
}

const struct trial *engine_trial(const struct engine *g, size_t i)
{
	return &g->slots[i].trial;
}

size_t engine_n_trials(const struct engine *g)
{
	return g->n_slots;
}

bool engine_move(struct engine *g, size_t i, enum trial_step to, int64_t now_ms)
{
	struct slot *s = &g->slots[i];
	bool was_open = trial_is_open(s->trial.step);

	if (!trial_may_move(s->trial.step, to, g->state == ROLLOUT_COMPLETED))
		return false;
	engine_count(g, s, -1);
	count_old(g, i, -1);
	s->trial.step = to;
	s->trial.step_ms = now_ms;
	engine_count(g, s, 1);
	count_old(g, i, 1);
	if (was_open && !trial_is_open(to)) {
		open_remove(g, (uint32_t)i);
		if (s->trial.counted)
			engine_compare_end(g, &s->trial);
	}
	if (s->trial.counted)
		scopes_end(&g->scopes, &s->places, &s->trial);
	engine_watch(g, (uint32_t)i);
	engine_look(g, s->trial.cell);
	return true;
}

int64_t engine_batch_open(const struct engine *g, int64_t batch)
{
	return by_batch_get(&g->by_batch, BY_BATCH_ALL_CELLS, batch).open;
}

int64_t engine_batch_trials(const struct engine *g, int cell, int64_t batch)
{
	return by_batch_get(&g->by_batch, cell, batch).trials;
}

void engine_set_kept_out(struct engine *g, int64_t devices)
{
	g->kept_out = devices;
}

static void stand_still(struct engine *g, int64_t from_ms, int64_t to_ms,
                        int times)
{
	for (uint32_t i = g->open_first; i != ENGINE_NOBODY;
	     i = g->slots[i].open_after) {
		struct trial *t = &g->slots[i].trial;

		t->stood_still_ms +=
			times * trial_stands_still_ms(t, from_ms, to_ms);
	}
	engine_watch_all_open(g);
	engine_look_all(g);
}

void engine_add_pause(struct engine *g, int64_t from_ms, int64_t to_ms)
{
	stand_still(g, from_ms, to_ms, 1);
}

void engine_take_back_pause(struct engine *g, int64_t from_ms, int64_t to_ms)
{
	stand_still(g, from_ms, to_ms, -1);
}

static bool is_silent(const struct engine *g, const struct trial *t,
                      int64_t now_ms)
{
	if (g->state == ROLLOUT_PAUSED && t->step < TRIAL_ACTIVATED)
		return false;
	return now_ms - t->granted_ms - t->stood_still_ms >=
	       g->plan->gate.hard_s * 1000;
}

bool engine_expire_next(struct engine *g, int64_t now_ms, size_t *out)
{
	uint32_t i = g->open_first;

	engine_mature(g, now_ms);
	while (i != ENGINE_NOBODY && !is_silent(g, &g->slots[i].trial, now_ms))
		i = g->slots[i].open_after;
	if (i == ENGINE_NOBODY)
		return false;
	*out = i;
	return engine_move(g, i, TRIAL_SILENT, now_ms);
}

size_t engine_expire(struct engine *g, int64_t now_ms)
{
	size_t ended = 0, i;

	while (engine_expire_next(g, now_ms, &i))
		ended++;
	return ended;
}
