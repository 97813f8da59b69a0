#include "config.h"

#include "lib/rollout/engine.h"

#include "lib/base/mem.h"
#include "lib/rollout/gate.h"
#include "lib/rollout/held.h"
#include "lib/rollout/scopes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* rollout-rules.md, Cap: so many may be open before anything confirmed. */
#define CAP_ROLLOUT 10
#define CAP_CELL 3

#define NOBODY UINT32_MAX

struct slot {
	struct trial trial;
	struct scope_places places; /* of a counted trial */
	uint32_t open_before, open_after;
};

/* Kept as trials move, so that every question is answered from counts. */
struct sum {
	int64_t open;         /* with those not counted: they take slots */
	int64_t open_counted; /* without */
	int64_t confirmed, failed, silent; /* counted ones */
	int64_t uncounted;                 /* not void */
};

struct engine {
	const struct plan *plan;
	enum rollout_state state;
	struct scopes scopes;
	struct sum *cells;
	struct held held;  /* by batch */
	int64_t live_open; /* open in cells that are not halted */
	int64_t confirmed; /* in all cells */
	struct slot *slots;
	size_t n_slots, slots_room;
	uint32_t open_first, open_last;
	int64_t since_ms; /* the stage began */
	int stage, by_hand_to;
	int64_t reach[PLAN_STAGES_MAX];
	int64_t kept_out;
};

struct engine *engine_new(const struct plan *p, int64_t began_ms)
{
	struct engine *g = xcalloc(1, sizeof(*g));

	g->plan = p;
	g->since_ms = began_ms;
	g->open_first = g->open_last = NOBODY;
	g->cells = xcalloc(plan_n_cells(p), sizeof(*g->cells));
	for (size_t i = 0; i < PLAN_STAGES_MAX; i++)
		g->reach[i] = -1;
	scopes_init(&g->scopes, p);
	return g;
}

void engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	scopes_fini(&g->scopes);
	held_fini(&g->held);
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
	g->state = s;
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

/* rollout-rules.md, Halt: halted cells leave every wider sum, which is
 * recomputed. Rare, so it walks all trials. */
static void recompute_wide(struct engine *g)
{
	scopes_clear_wide(&g->scopes);
	for (size_t i = 0; i < g->n_slots; i++)
		if (g->slots[i].trial.counted)
			scopes_add_wide(&g->scopes, &g->slots[i].places,
			                &g->slots[i].trial);
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
		scopes_halt(&g->scopes, i);
		g->live_open -= g->cells[i].open;
		held_release_cell(&g->held, i);
	}
	if (g->scopes.n_halted > before)
		recompute_wide(g);
}

/* One list of the open trials, in the order of enrolment: all that may still
 * become silent. */
static void open_append(struct engine *g, uint32_t i)
{
	struct slot *s = &g->slots[i];

	s->open_before = g->open_last;
	s->open_after = NOBODY;
	if (g->open_last == NOBODY)
		g->open_first = i;
	else
		g->slots[g->open_last].open_after = i;
	g->open_last = i;
}

static void open_remove(struct engine *g, uint32_t i)
{
	struct slot *s = &g->slots[i];

	if (s->open_before == NOBODY)
		g->open_first = s->open_after;
	else
		g->slots[s->open_before].open_after = s->open_after;
	if (s->open_after == NOBODY)
		g->open_last = s->open_before;
	else
		g->slots[s->open_after].open_before = s->open_before;
}

static void count_held(struct engine *g, const struct trial *t, int by)
{
	struct held_count n = {
		.open = trial_is_open(t->step) ? by : 0,
		.trials = t->counted && t->step != TRIAL_VOID ? by : 0,
	};

	held_add(&g->held, t->cell, t->batch, n);
	if (g->scopes.halted[t->cell])
		n.open = 0;
	held_add(&g->held, HELD_ALL_CELLS, t->batch, n);
}

/* Puts a trial's present step into the counts (by = 1), or takes it out. */
static void count(struct engine *g, const struct trial *t, int by)
{
	struct sum *c = &g->cells[t->cell];

	count_held(g, t, by);
	if (trial_is_open(t->step)) {
		c->open += by;
		if (!g->scopes.halted[t->cell])
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
	} else if (t->step == TRIAL_SILENT) {
		c->silent += by;
	}
}

size_t engine_enrol(struct engine *g, const struct trial *t)
{
	uint32_t i = (uint32_t)g->n_slots;
	struct slot *s;

	assert(g->n_slots < NOBODY);
	assert(t->cell >= 0 && (size_t)t->cell < plan_n_cells(g->plan));
	if (g->n_slots == g->slots_room) {
		g->slots_room = g->slots_room > 0 ? 2 * g->slots_room : 64;
		g->slots = xreallocarray(g->slots, g->slots_room,
		                         sizeof(*g->slots));
	}
	s = &g->slots[g->n_slots++];
	*s = (struct slot){.trial = *t};
	if (t->counted) {
		scopes_add(&g->scopes, &s->places, t->cell);
		scopes_end(&g->scopes, &s->places, t);
	}
	if (trial_is_open(t->step))
		open_append(g, i);
	count(g, t, 1);
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
	count(g, &s->trial, -1);
	s->trial.step = to;
	s->trial.step_ms = now_ms;
	count(g, &s->trial, 1);
	if (was_open && !trial_is_open(to))
		open_remove(g, (uint32_t)i);
	if (s->trial.counted)
		scopes_end(&g->scopes, &s->places, &s->trial);
	return true;
}

static const char *const grant_codes[] = {
	/* clang-format off */
	[GRANT_YES]         = "yes",
	[GRANT_NOT_RUNNING] = "not_running",
	[GRANT_CELL_HALTED] = "cell_halted",
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
	if (g->live_open >= larger(CAP_ROLLOUT, g->confirmed))
		return GRANT_CAP_ROLLOUT;
	if (c->open >= larger(CAP_CELL, c->confirmed))
		return GRANT_CAP_CELL;
	if (g->live_open >= g->plan->gate.in_flight)
		return GRANT_CAP_FLIGHT;
	return GRANT_YES;
}

int64_t engine_batch_open(const struct engine *g, int64_t batch)
{
	return held_get(&g->held, HELD_ALL_CELLS, batch).open;
}

int64_t engine_batch_trials(const struct engine *g, int cell, int64_t batch)
{
	return held_get(&g->held, cell, batch).trials;
}

void engine_set_kept_out(struct engine *g, int64_t devices)
{
	g->kept_out = devices;
}

void engine_add_pause(struct engine *g, int64_t from_ms, int64_t to_ms)
{
	for (uint32_t i = g->open_first; i != NOBODY;
	     i = g->slots[i].open_after) {
		struct trial *t = &g->slots[i].trial;
		int64_t from = larger(from_ms, t->granted_ms);

		if (t->step < TRIAL_ACTIVATED && to_ms > from)
			t->stood_still_ms += to_ms - from;
	}
}

static bool is_overdue(const struct engine *g, const struct trial *t,
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

	while (i != NOBODY && !is_overdue(g, &g->slots[i].trial, now_ms))
		i = g->slots[i].open_after;
	if (i == NOBODY)
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

static bool all_halted(const struct engine *g)
{
	return g->scopes.n_halted == plan_n_cells(g->plan);
}

static struct gate_facts facts(const struct engine *g, int64_t now_ms)
{
	struct gate_facts f = {
		.stage = g->stage,
		.since_ms = g->since_ms,
		.now_ms = now_ms,
		.by_hand_to = g->by_hand_to,
		.kept_out = g->kept_out,
		.open = g->live_open,
	};

	memcpy(f.reach, g->reach, sizeof(f.reach));
	for (size_t i = 0; i < plan_n_cells(g->plan); i++)
		if (!g->scopes.halted[i]) {
			f.confirmed += g->cells[i].confirmed;
			f.failed += g->cells[i].failed;
		}
	return f;
}

/* Verdicts are given while anything is at stake: not after the watch. */
static bool is_watched(const struct engine *g)
{
	return (g->state == ROLLOUT_RUNNING || g->state == ROLLOUT_PAUSED) &&
	       !all_halted(g);
}

void engine_evaluate(const struct engine *g, int64_t now_ms, struct action *out)
{
	struct crossing c;

	*out = (struct action){.kind = ACTION_NONE};
	if (!is_watched(g))
		return;
	if (scopes_crossing(&g->scopes, now_ms, &c)) {
		out->kind = ACTION_HALT;
		evidence_fill(&out->evidence, &g->scopes, &c, now_ms);
		memcpy(out->text, out->evidence.text, sizeof(out->text));
		return;
	}
	if (g->state != ROLLOUT_RUNNING)
		return;
	struct gate_facts f = facts(g, now_ms);
	switch (gate_decide(g->plan, &f, out->text, sizeof(out->text))) {
	case GATE_WAIT: out->text[0] = '\0'; break;
	case GATE_PROMOTE:
		out->kind = ACTION_PROMOTE;
		out->to_stage = g->stage + 1;
		break;
	case GATE_COMPLETE: out->kind = ACTION_COMPLETE; break;
	}
}

void engine_waits_for(const struct engine *g, int64_t now_ms, char *out,
                      size_t size)
{
	struct gate_facts f = facts(g, now_ms);
	struct crossing c;

	out[0] = '\0';
	if (g->state != ROLLOUT_RUNNING || all_halted(g))
		(void)snprintf(out, size, "nothing: it is %s",
		               all_halted(g) ? "halted"
		                             : rollout_state_name(g->state));
	else if (scopes_crossing(&g->scopes, now_ms, &c))
		(void)snprintf(out, size, "a halt to be carried out");
	else if (gate_decide(g->plan, &f, out, size) != GATE_WAIT)
		out[0] = '\0';
}

static void put_counts(struct cell_counts *out, const struct sum *c)
{
	out->open += c->open_counted;
	out->confirmed += c->confirmed;
	out->failed += c->failed;
	out->silent += c->silent;
	out->uncounted += c->uncounted;
	out->trials += c->open_counted + c->confirmed + c->failed;
}

void engine_cell_counts(const struct engine *g, int cell,
                        struct cell_counts *out)
{
	const struct scope *sc = &g->scopes.all[cell];

	*out = (struct cell_counts){.halted = g->scopes.halted[cell]};
	put_counts(out, &g->cells[cell]);
	out->bound = stats_table_bound(sc->failed.table, out->trials);
}

void engine_counts(const struct engine *g, struct cell_counts *out)
{
	const struct tally *widest = &g->scopes.all[g->scopes.n - 1].failed;

	*out = (struct cell_counts){.halted = all_halted(g)};
	for (size_t i = 0; i < plan_n_cells(g->plan); i++)
		put_counts(out, &g->cells[i]);
	out->bound = stats_table_bound(widest->table, tally_trials(widest));
}

void engine_dot(struct buf *out)
{
	rollout_dot(out);
}
