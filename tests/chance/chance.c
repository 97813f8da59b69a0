#include "config.h"

#include "lib/base/mem.h"
#include "tests/chance/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* engine_set_reach(): seen within 7 days. */
#define SEEN_MS (7 * DAY_MS)

void world_fault(struct world *w, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (w->problem != NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->problem = xasprintf(
		"seed %" PRIu64 ", %.1f h after the begin, stage %d of %zu: %s",
		w->seed, (double)(w->now_ms - w->began_ms) / (double)HOUR_MS,
		engine_stage(w->engine), w->plan.n_stages, text);
}

/* ---- What is signed ---- */

static void list_halts(struct world *w, struct state_rule *r)
{
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++) {
		struct cell c = plan_cell_at(&w->plan, i);

		if (engine_cell_halted(w->engine, i))
			state_rule_halt(r, c.hw, c.region);
	}
}

bool world_is_held(const struct world *w)
{
	return engine_state(w->engine) == ROLLOUT_PAUSED ||
	       engine_all_held(w->engine);
}

const struct state_doc *world_state(struct world *w)
{
	struct state_doc s;
	struct err e = {0};
	char *text;

	/* A report ends a hold at once; the server signs that within a turn
	 * of a second, here at once. */
	if (!w->state_is_old && w->state.rules[0].hold == world_is_held(w))
		return &w->state;
	fixture_state(&s, &w->plan, engine_stage(w->engine));
	s.rules[0].hold = world_is_held(w);
	list_halts(w, &s.rules[0]);
	text = fixture_state_text(&s);
	state_doc_fini(&s);
	state_doc_fini(&w->state);
	if (state_doc_parse(&w->state, "state", text, strlen(text), &e) != 0)
		world_fault(w, "the state does not read: %s", e.msg);
	free(text);
	w->state_is_old = false;
	return &w->state;
}

/* ---- Verdicts ---- */

static void recount(struct world *w)
{
	int64_t reach[PLAN_STAGES_MAX] = {0};

	for (size_t i = 0; i < w->n_devices; i++) {
		const struct device *d = &w->devices[i];

		if (!d->counted || engine_cell_halted(w->engine, d->cell) ||
		    w->now_ms - d->heard_ms > SEEN_MS)
			continue;
		for (size_t s = 0; s < w->plan.n_stages; s++)
			reach[s] += d->bucket < (uint32_t)d->ppm[s];
	}
	for (size_t s = 0; s < w->plan.n_stages; s++)
		engine_set_reach(w->engine, (int)s, reach[s]);
}

static void halt(struct world *w, const char *hw, const char *region)
{
	engine_halt(w->engine, hw, region);
	w->sums->halts++;
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++)
		w->halted[i] |= engine_cell_halted(w->engine, i);
	if (engine_n_halted(w->engine) == plan_n_cells(&w->plan))
		engine_set_state(w->engine, ROLLOUT_HALTED);
	recount(w);
	w->state_is_old = true;
}

static void carry_out(struct world *w, const struct action *a)
{
	switch (a->kind) {
	case ACTION_NONE: break;
	case ACTION_HALT:
		halt(w, a->evidence.halt_hw, a->evidence.halt_region);
		break;
	case ACTION_PROMOTE:
		if (a->to_stage != engine_stage(w->engine) + 1 ||
		    server_ms(w) / SECOND_MS <
		            w->plan.stages[a->to_stage].not_before_s)
			world_fault(w, "promoted to %d before its date",
			            a->to_stage);
		w->since_ms = server_ms(w);
		engine_set_stage(w->engine, a->to_stage, w->since_ms);
		w->state_is_old = true;
		break;
	case ACTION_COMPLETE:
		engine_set_state(w->engine, ROLLOUT_COMPLETED);
		w->state_is_old = true;
		break;
	}
}

void world_judge(struct world *w)
{
	size_t most = plan_n_cells(&w->plan) + w->plan.n_stages + 2;
	struct action a;

	for (size_t i = 0; i <= most; i++) {
		engine_evaluate(w->engine, server_ms(w), &a);
		if (a.kind == ACTION_NONE)
			break;
		if (a.kind == ACTION_HALT && a.text[0] == '\0')
			world_fault(w, "a halt without a word");
		carry_out(w, &a);
		if (i == most)
			world_fault(w, "verdicts without end");
	}
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++) {
		if (w->halted[i] && !engine_cell_halted(w->engine, i))
			world_fault(w, "a halt was taken back");
		if ((w->halted[i] || w->paused_ms != 0) &&
		    engine_may_grant(w->engine, i) == GRANT_YES)
			world_fault(w, "the engine grants what is stopped");
		w->sums->held += engine_cell_held(w->engine, i);
		if (engine_cell_held(w->engine, i) &&
		    engine_may_grant(w->engine, i) == GRANT_YES)
			world_fault(w, "the engine grants what is held");
	}
}

/* ---- Totals, and a server that reads its rows again ---- */

static void check_totals(struct world *w)
{
	struct cell_counts all, sum = {0};

	engine_counts(w->engine, &all);
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++) {
		struct cell_counts c;

		engine_cell_counts(w->engine, i, &c);
		sum.trials += c.trials;
		sum.open += c.open;
		sum.confirmed += c.confirmed;
		sum.failed += c.failed;
		sum.silent += c.silent;
		sum.uncounted += c.uncounted;
	}
	if (sum.trials != all.trials || sum.open != all.open ||
	    sum.confirmed != all.confirmed || sum.failed != all.failed ||
	    sum.silent != all.silent || sum.uncounted != all.uncounted ||
	    all.trials != all.open + all.confirmed + all.failed)
		world_fault(w, "the totals do not add up");
}

static struct engine *read_again(const struct world *w)
{
	struct engine *g = engine_new(&w->plan, w->began_ms);

	engine_set_stage(g, engine_stage(w->engine), w->since_ms);
	engine_set_state(g, engine_state(w->engine));
	engine_promote_by_hand(g, w->by_hand_to);
	for (size_t i = 0; i < engine_n_trials(w->engine); i++)
		(void)engine_enrol(g, engine_trial(w->engine, i));
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++) {
		struct cell c = plan_cell_at(&w->plan, i);

		if (engine_cell_halted(w->engine, i))
			engine_halt(g, c.hw, c.region);
	}
	(void)engine_tick(g, server_ms(w));
	return g;
}

static void compare_engines(struct world *w, const struct engine *again)
{
	struct action a, b;

	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++) {
		struct cell_counts c, d;

		engine_cell_counts(w->engine, i, &c);
		engine_cell_counts(again, i, &d);
		if (memcmp(&c, &d, sizeof(c)) != 0)
			world_fault(w, "a restart counts otherwise");
		if (engine_may_grant(w->engine, i) !=
		    engine_may_grant(again, i))
			world_fault(w, "a restart grants otherwise");
	}
	engine_evaluate(w->engine, server_ms(w), &a);
	engine_evaluate(again, server_ms(w), &b);
	if (a.kind != b.kind || strcmp(a.text, b.text) != 0)
		world_fault(w, "a restart judges otherwise: '%s', not '%s'",
		            b.text, a.text);
}

static void restart(struct world *w)
{
	struct engine *old = w->engine, *again;

	(void)engine_tick(old, server_ms(w));
	again = read_again(w);
	/* The reach is counted anew by both. */
	recount(w);
	w->engine = again;
	recount(w);
	w->engine = old;
	compare_engines(w, again);
	engine_free(old);
	w->engine = again;
	w->sums->restarts++;
}

/* ---- What befalls it ---- */

static void end_pause(struct world *w)
{
	engine_set_state(w->engine, ROLLOUT_RUNNING);
	engine_add_pause(w->engine, w->paused_ms, server_ms(w));
	w->paused_ms = 0;
	w->state_is_old = true;
}

static void begin_pause(struct world *w)
{
	if (engine_state(w->engine) != ROLLOUT_RUNNING)
		return;
	engine_set_state(w->engine, ROLLOUT_PAUSED);
	w->paused_ms = server_ms(w);
	w->state_is_old = true;
	w->sums->pauses++;
}

static void halt_by_hand(struct world *w)
{
	struct cell c = plan_cell_at(
		&w->plan, (int)one_of(w, (int64_t)plan_n_cells(&w->plan)));
	int64_t how = one_of(w, 10);

	halt(w, how == 0 ? "*" : c.hw, how <= 3 ? "*" : c.region);
}

static void promote_by_hand(struct world *w)
{
	w->by_hand_to = engine_stage(w->engine) + 1;
	engine_promote_by_hand(w->engine, w->by_hand_to);
}

/* Between turns, while faults are about. */
static void befall(struct world *w)
{
	if (w->paused_ms != 0 && once_in(w, 10))
		end_pause(w);
	else if (once_in(w, 150))
		begin_pause(w);
	if (once_in(w, 30))
		restart(w);
	if (once_in(w, 1500))
		halt_by_hand(w);
	if (once_in(w, 300)) {
		w->skew_ms += one_of(w, 4 * HOUR_MS) - 2 * HOUR_MS;
		w->sums->jumps++;
	}
	if (once_in(w, 60))
		promote_by_hand(w);
}

/* It says so itself: promotion is by hand, or nobody came in a week. */
static bool waits_for_an_operator(const struct world *w)
{
	char why[EVIDENCE_TEXT];

	engine_waits_for(w->engine, server_ms(w), why, sizeof(why));
	return strstr(why, "an operator") != NULL;
}

/* Then operators do what waits for them. */
static void calm(struct world *w)
{
	w->skew_ms = 0;
	if (w->paused_ms != 0)
		end_pause(w);
	if (once_in(w, 5) && waits_for_an_operator(w))
		promote_by_hand(w);
	if (once_in(w, 200))
		restart(w);
}

static bool is_over(const struct world *w)
{
	return engine_state(w->engine) == ROLLOUT_COMPLETED ||
	       engine_state(w->engine) == ROLLOUT_HALTED;
}

static void tick(struct world *w)
{
	if (engine_tick(w->engine, server_ms(w)))
		w->state_is_old = true;
	w->sums->holds += engine_n_holds(w->engine) > 0;
	for (int i = 0; i < (int)plan_n_cells(&w->plan); i++)
		if (engine_cell_held(w->engine, i) &&
		    engine_may_grant(w->engine, i) == GRANT_YES)
			world_fault(w, "a grant in a cell on hold");
}

static void turn(struct world *w)
{
	size_t silent;

	if (w->now_ms < w->calm_ms)
		befall(w);
	else
		calm(w);
	recount(w);
	silent = engine_expire(w->engine, server_ms(w));
	w->sums->silences += (int64_t)silent;
	tick(w);
	(void)engine_tick(w->engine, server_ms(w));
	world_judge(w);
	check_totals(w);
}

/* It must not wait for nobody: the reason is said. */
static void check_end(struct world *w)
{
	char why[EVIDENCE_TEXT];

	if (is_over(w))
		return;
	engine_waits_for(w->engine, server_ms(w), why, sizeof(why));
	world_fault(w, "it hangs, waiting for: %s", why);
}

static void live(struct world *w)
{
	/* A day before its end nothing of a plan's length is left to wait
	 * for. */
	int64_t end_ms = w->plan.expires_s * SECOND_MS - DAY_MS;
	int64_t turn_ms = w->began_ms;
	uint32_t i;

	while (!is_over(w) && w->problem == NULL && w->now_ms < end_ms) {
		if (queue_take(&w->queue, turn_ms, &w->now_ms, &i)) {
			world_device(w, i);
			continue;
		}
		w->now_ms = turn_ms;
		turn_ms += w->turn_ms;
		turn(w);
	}
	if (w->problem == NULL)
		check_end(w);
}

static void add_up(struct world *w)
{
	w->sums->rollouts++;
	w->sums->completed += engine_state(w->engine) == ROLLOUT_COMPLETED;
	w->sums->halted += engine_state(w->engine) == ROLLOUT_HALTED;
}

char *chance_run(struct chance_sums *sums, uint64_t seed)
{
	struct world w = {.seed = seed, .sums = sums, .state_is_old = true};

	rng_seeded_init(&w.rng, seed);
	world_make(&w);
	w.now_ms = w.since_ms = w.began_ms;
	w.halted = xcalloc(plan_n_cells(&w.plan), sizeof(*w.halted));
	w.engine = engine_new(&w.plan, w.began_ms);
	live(&w);
	add_up(&w);
	engine_free(w.engine);
	state_doc_fini(&w.state);
	queue_fini(&w.queue);
	plan_fini(&w.plan);
	free(w.devices);
	free(w.halted);
	return w.problem;
}
