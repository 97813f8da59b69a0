#include "config.h"

#include "lib/sim/course.h"

#include "lib/base/mem.h"
#include "lib/base/queue.h"
#include "lib/sim/habit.h"

#include <stdlib.h>

#define SECOND_MS INT64_C(1000)
/* The server's own turn is a second; a minute costs nothing that shows in a
 * plan of hours, nor a sixtieth of the shortest wait in a plan of seconds. */
#define TURN_MS (60 * SECOND_MS)
#define TURNS_IN_A_WAIT 60
#define RECOUNT_MS (3600 * SECOND_MS)
/* engine_set_reach(): seen within 7 days. */
#define SEEN_MS (INT64_C(7) * 86400 * SECOND_MS)

enum device_step { DEVICE_ASLEEP, DEVICE_POLLS, DEVICE_LOADS, DEVICE_BOOTS };
enum fate { FATE_CONFIRM, FATE_FAIL, FATE_BRICK, FATE_SILENT };

struct device {
	uint32_t bucket;
	int cell;
	enum device_step step;
	enum fate fate;
	int group; /* the stage that first contained it */
	int stage; /* that it activated in */
	size_t trial;
	struct habit habit;
	int64_t gone_ms; /* heard of last; INT64_MAX: it still polls */
};

struct world {
	const struct plan *plan;
	const struct fleet *fleet;
	struct rng *rng;
	struct engine *engine;
	struct device *devices;
	struct peer *peer; /* NULL: the engine's own rule */
	struct queue queue;
	int32_t *ppm; /* [stage][cell], of those not kept back */
	int64_t began_ms, now_ms;
	struct course *out;
};

static int64_t between(struct world *w, int64_t seconds)
{
	return seconds * SECOND_MS +
	       (int64_t)rng_below(w->rng, (uint64_t)(seconds * SECOND_MS));
}

static enum fate draw_fate(struct world *w, const struct fleet_cell *c)
{
	int64_t luck;

	if (rng_below(w->rng, PPM) < (uint64_t)c->silent_ppm)
		return FATE_SILENT;
	luck = (int64_t)rng_below(w->rng, PPM);
	if (luck < c->fail_ppm)
		return FATE_FAIL;
	return luck < c->fail_ppm + c->brick_ppm ? FATE_BRICK : FATE_CONFIRM;
}

static void populate(struct world *w)
{
	struct device *d;

	w->devices = xcalloc((size_t)w->fleet->devices, sizeof(*w->devices));
	d = w->devices;
	for (int i = 0; i < (int)plan_n_cells(w->plan); i++) {
		const struct fleet_cell *c = &w->fleet->cells[i];

		for (int64_t k = 0; k < c->devices; k++, d++) {
			d->bucket = (uint32_t)rng_below(w->rng, PPM);
			d->cell = i;
			d->fate = draw_fate(w, c);
			d->gone_ms = INT64_MAX;
			habit_init(&d->habit, c, w->began_ms, w->rng);
		}
	}
}

static void tabulate(struct world *w)
{
	size_t n_cells = plan_n_cells(w->plan);

	w->ppm = xcalloc(w->plan->n_stages * n_cells, sizeof(*w->ppm));
	for (size_t s = 0; s < w->plan->n_stages; s++)
		for (size_t i = 0; i < n_cells; i++) {
			struct cell c = plan_cell_at(w->plan, (int)i);

			w->ppm[s * n_cells + i] =
				plan_ppm_starting(w->plan, s, c.hw, c.region);
		}
}

static bool in_stage(const struct world *w, const struct device *d, int stage)
{
	size_t at = (size_t)stage * plan_n_cells(w->plan) + (size_t)d->cell;

	return (int64_t)d->bucket < w->ppm[at];
}

/* Who the stage contains begins to ask for it, each at its next poll. */
static void wake(struct world *w)
{
	int stage = engine_stage(w->engine);

	for (int64_t i = 0; i < w->fleet->devices; i++) {
		struct device *d = &w->devices[i];

		if (d->step != DEVICE_ASLEEP || !in_stage(w, d, stage))
			continue;
		d->step = DEVICE_POLLS;
		d->group = stage;
		if (w->peer != NULL)
			peer_add(w->peer, stage);
		queue_add(&w->queue,
		          habit_poll(&d->habit, w->began_ms, w->now_ms),
		          (uint32_t)i);
	}
}

static void recount(struct world *w)
{
	int64_t reach[PLAN_STAGES_MAX] = {0};

	for (int64_t i = 0; i < w->fleet->devices; i++) {
		const struct device *d = &w->devices[i];
		int s = (int)w->plan->n_stages;

		if (engine_cell_halted(w->engine, d->cell) ||
		    (d->gone_ms != INT64_MAX &&
		     w->now_ms - d->gone_ms > SEEN_MS))
			continue;
		while (s > 0 && in_stage(w, d, s - 1))
			reach[--s]++;
	}
	for (size_t s = 0; s < w->plan->n_stages; s++)
		engine_set_reach(w->engine, (int)s, reach[s]);
}

static void carry_out_halt(struct world *w, const char *hw, const char *region)
{
	engine_halt(w->engine, hw, region);
	for (int i = 0; i < (int)plan_n_cells(w->plan); i++)
		if (engine_cell_halted(w->engine, i) &&
		    w->out->cells[i].halt_ms < 0)
			w->out->cells[i].halt_ms = w->now_ms - w->began_ms;
	if (engine_n_halted(w->engine) == plan_n_cells(w->plan))
		engine_set_state(w->engine, ROLLOUT_HALTED);
	recount(w);
}

/* Everything there is to do now. */
static void judge(struct world *w)
{
	struct action a;

	for (;;) {
		engine_evaluate(w->engine, w->now_ms, &a);
		switch (a.kind) {
		case ACTION_NONE: return;
		case ACTION_HALT:
			carry_out_halt(w, a.evidence.halt_hw,
			               a.evidence.halt_region);
			break;
		case ACTION_PROMOTE:
			engine_set_stage(w->engine, a.to_stage, w->now_ms);
			w->out->stage_ms[a.to_stage] = w->now_ms - w->began_ms;
			wake(w);
			break;
		case ACTION_COMPLETE:
			engine_set_state(w->engine, ROLLOUT_COMPLETED);
			break;
		}
	}
}

static void poll(struct world *w, struct device *d, uint32_t i)
{
	struct trial t = {.device = i + INT64_C(1),
	                  .batch = 1,
	                  .attempt = 1,
	                  .cell = d->cell,
	                  .counted = true,
	                  .granted_ms = w->now_ms,
	                  .step_ms = w->now_ms,
	                  .poll_after_s = ENGINE_POLL_OPEN_S};

	if (engine_cell_halted(w->engine, d->cell))
		return;
	/* The peers know no caps. */
	if (w->peer == NULL &&
	    engine_may_grant(w->engine, d->cell) != GRANT_YES) {
		queue_add(&w->queue, w->now_ms + d->habit.poll_ms, i);
		return;
	}
	d->trial = engine_enrol(w->engine, &t);
	d->step = DEVICE_LOADS;
	if (d->fate == FATE_SILENT)
		d->gone_ms = w->now_ms;
	else
		queue_add(&w->queue,
		          w->now_ms + between(w, w->fleet->download_s), i);
}

static void note_failed(struct world *w, const struct device *d)
{
	w->out->cells[d->cell].failed++;
	w->out->stages[d->stage].failed++;
}

static void activate(struct world *w, struct device *d, uint32_t i)
{
	struct course_cell *c = &w->out->cells[d->cell];

	/* It asked again, and was denied. */
	if (engine_cell_halted(w->engine, d->cell)) {
		(void)engine_move(w->engine, d->trial, TRIAL_VOID, w->now_ms);
		return;
	}
	(void)engine_move(w->engine, d->trial, TRIAL_ACTIVATED, w->now_ms);
	d->stage = engine_stage(w->engine);
	c->exposed++;
	w->out->stages[d->stage].exposed++;
	d->step = DEVICE_BOOTS;
	if (d->fate == FATE_BRICK) {
		note_failed(w, d);
		d->gone_ms = w->now_ms;
	} else {
		queue_add(&w->queue, w->now_ms + between(w, w->fleet->boot_s),
		          i);
	}
}

static void report(struct world *w, struct device *d)
{
	bool failed = d->fate == FATE_FAIL;

	if (failed)
		note_failed(w, d);
	(void)engine_move(w->engine, d->trial,
	                  failed ? TRIAL_FAILED : TRIAL_CONFIRMED, w->now_ms);
	/* A peer stops all of it. */
	if (w->peer != NULL && peer_report(w->peer, d->group, failed))
		carry_out_halt(w, "*", "*");
	judge(w);
}

static void happen(struct world *w, uint32_t i)
{
	struct device *d = &w->devices[i];
	int64_t awake_ms = habit_awake(&d->habit, &w->fleet->cells[d->cell],
	                               w->now_ms, w->rng);

	if (awake_ms > w->now_ms) {
		queue_add(&w->queue, awake_ms, i);
		return;
	}
	switch (d->step) {
	case DEVICE_ASLEEP: break;
	case DEVICE_POLLS: poll(w, d, i); break;
	case DEVICE_LOADS: activate(w, d, i); break;
	case DEVICE_BOOTS: report(w, d); break;
	}
}

static int64_t turn_length_ms(const struct plan *p)
{
	int64_t wait_s = p->gate.soft_s;

	for (size_t i = 0; i < p->n_stages; i++)
		if (p->stages[i].soak_s > 0 && p->stages[i].soak_s < wait_s)
			wait_s = p->stages[i].soak_s;
	if (wait_s * SECOND_MS >= TURN_MS * TURNS_IN_A_WAIT)
		return TURN_MS;
	return wait_s > TURNS_IN_A_WAIT ? wait_s * SECOND_MS / TURNS_IN_A_WAIT
	                                : SECOND_MS;
}

static void run(struct world *w)
{
	int64_t expires_ms = w->plan->expires_s * SECOND_MS;
	int64_t length_ms = turn_length_ms(w->plan);
	int64_t turn_ms = w->began_ms, recount_ms = w->began_ms;

	while (engine_state(w->engine) == ROLLOUT_RUNNING &&
	       w->now_ms < expires_ms) {
		uint32_t i;

		if (queue_take(&w->queue, turn_ms, &w->now_ms, &i)) {
			happen(w, i);
			continue;
		}
		w->now_ms = turn_ms;
		turn_ms += length_ms;
		if (w->now_ms >= recount_ms) {
			recount(w);
			recount_ms += RECOUNT_MS;
		}
		(void)engine_expire(w->engine, w->now_ms);
		(void)engine_tick(w->engine, w->now_ms);
		judge(w);
		if (engine_n_holds(w->engine) > 0)
			w->out->held_ms += TURN_MS;
	}
}

/* At the end nothing activates any more, but what had activated may fail
 * still. */
static void settle(struct world *w)
{
	uint32_t i;

	while (queue_take(&w->queue, INT64_MAX, &w->now_ms, &i)) {
		const struct device *d = &w->devices[i];

		if (d->step == DEVICE_BOOTS && d->fate == FATE_FAIL)
			note_failed(w, d);
	}
}

static void begin(struct course *out, const struct plan *p)
{
	*out = (struct course){
		.cells = xcalloc(plan_n_cells(p), sizeof(*out->cells)),
	};
	for (size_t i = 0; i < plan_n_cells(p); i++)
		out->cells[i].halt_ms = -1;
	for (size_t i = 1; i < PLAN_STAGES_MAX; i++)
		out->stage_ms[i] = -1;
}

static void carry_out(struct world *w, const struct plan *p)
{
	w->began_ms = w->now_ms = p->stages[0].not_before_s * SECOND_MS;
	w->plan = p;
	w->engine = engine_new(p, w->began_ms);
	begin(w->out, p);
	populate(w);
	tabulate(w);
	wake(w);
	run(w);
	w->out->end_ms = w->now_ms - w->began_ms;
	w->out->state = engine_state(w->engine);
	settle(w);
	engine_free(w->engine);
	queue_fini(&w->queue);
	free(w->devices);
	free(w->ppm);
}

void course_run(struct course *out, const struct plan *p, const struct fleet *f,
                struct rng *rng)
{
	struct world w = {.fleet = f, .rng = rng, .out = out};

	carry_out(&w, p);
}

void course_run_peer(struct course *out, const struct plan *p,
                     const struct fleet *f, const struct peer_terms *terms,
                     struct rng *rng)
{
	struct peer peer;
	struct world w = {.fleet = f, .rng = rng, .out = out, .peer = &peer};
	struct plan deaf = *p;

	/* Nothing the engine sees halts, or holds. */
	deaf.gate.alpha_ppm = deaf.gate.alpha_silent_ppm = 0;
	peer_init(&peer, terms);
	carry_out(&w, &deaf);
}

void course_fini(struct course *c)
{
	free(c->cells);
	*c = (struct course){0};
}
