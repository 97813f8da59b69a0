#include "config.h"

#include "lib/sim/replay.h"

#include "lib/base/mem.h"
#include "lib/base/rfc3339.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server asks within two turns of a report. */
#define TURN_MS 2000

static const char *const verdict_names[] = {
	/* clang-format off */
	[REPLAY_SAME]    = "same",
	[REPLAY_BY_HAND] = "by_hand",
	[REPLAY_DIFFERS] = "differs",
	/* clang-format on */
};

const char *replay_verdict_name(enum replay_verdict v)
{
	return verdict_names[v];
}

/* An outcome, in the order of time. */
struct outcome {
	int64_t at_ms;
	size_t trial;
};

struct world {
	const struct replay *r;
	struct engine *engine;
	struct outcome *outcomes;
	/* By trial: when it was there at the latest. Those granted after it
	 * may have an earlier time, when the clock was set back meanwhile. */
	int64_t *due_ms;
	size_t n_outcomes;
	size_t enrolled, ended; /* of the trials, of the outcomes */
	/* The same of control units. */
	struct outcome *unit_ends;
	size_t n_unit_ends, joined, unit_ended;
};

static int by_time(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return (x->trial > y->trial) - (x->trial < y->trial);
}

/* Nothing ends before it begins: a clock that was set back is no matter. */
static void gather(struct world *w)
{
	w->outcomes = xcalloc(w->r->trials.len + 1, sizeof(*w->outcomes));
	for (size_t i = 0; i < w->r->trials.len; i++) {
		const struct trial *t = &w->r->trials.items[i];

		if (t->step == TRIAL_GRANTED)
			continue;
		w->outcomes[w->n_outcomes++] = (struct outcome){
			.at_ms = t->step_ms > t->granted_ms ? t->step_ms
		                                            : t->granted_ms,
			.trial = i,
		};
	}
	w->due_ms = xcalloc(w->r->trials.len + 1, sizeof(*w->due_ms));
	w->due_ms[w->r->trials.len] = INT64_MAX;
	for (size_t i = w->r->trials.len; i-- > 0;) {
		int64_t own_ms = w->r->trials.items[i].granted_ms;

		w->due_ms[i] =
			own_ms < w->due_ms[i + 1] ? own_ms : w->due_ms[i + 1];
	}
	qsort(w->outcomes, w->n_outcomes, sizeof(*w->outcomes), by_time);
}

static void gather_units(struct world *w)
{
	w->unit_ends = xcalloc(w->r->units.len + 1, sizeof(*w->unit_ends));
	for (size_t i = 0; i < w->r->units.len; i++) {
		const struct trial *t = &w->r->units.items[i];

		if (t->counted && t->step != TRIAL_GRANTED)
			w->unit_ends[w->n_unit_ends++] = (struct outcome){
				t->step_ms > t->granted_ms ? t->step_ms
							   : t->granted_ms,
				i};
	}
	qsort(w->unit_ends, w->n_unit_ends, sizeof(*w->unit_ends), by_time);
}

/* What control units did up to and with this moment. */
static void units_to(struct world *w, int64_t at_ms)
{
	const struct trial *t;

	for (; w->joined < w->r->units.len &&
	       (t = &w->r->units.items[w->joined])->granted_ms <= at_ms;
	     w->joined++)
		if (t->counted)
			engine_control_join(w->engine, t->cell, t->granted_ms);
	for (; w->unit_ended < w->n_unit_ends; w->unit_ended++) {
		const struct outcome *o = &w->unit_ends[w->unit_ended];

		if (o->at_ms > at_ms || o->trial >= w->joined)
			break;
		t = &w->r->units.items[o->trial];
		engine_control_end(w->engine, t->cell, t->granted_ms, t->step);
	}
}

static bool enrol_one(struct world *w, int64_t before_ms)
{
	struct trial t;

	if (w->enrolled == w->r->trials.len ||
	    w->due_ms[w->enrolled] >= before_ms)
		return false;
	t = w->r->trials.items[w->enrolled++];
	t.step = TRIAL_GRANTED;
	t.step_ms = t.granted_ms;
	(void)engine_enrol(w->engine, &t);
	return true;
}

static bool end_one(struct world *w, int64_t before_ms)
{
	const struct outcome *o = &w->outcomes[w->ended];

	if (w->ended == w->n_outcomes || o->at_ms >= before_ms ||
	    o->trial >= w->enrolled)
		return false;
	(void)engine_move(w->engine, o->trial,
	                  w->r->trials.items[o->trial].step, o->at_ms);
	w->ended++;
	return true;
}

static void go_to(struct world *w, int64_t before_ms)
{
	while (enrol_one(w, before_ms))
		continue;
	while (end_one(w, before_ms))
		continue;
}

/* ---- Comparing ---- */

static bool is_same_scope(const struct evidence *a, const struct evidence *b)
{
	return a->crossed == b->crossed && strcmp(a->hw, b->hw) == 0 &&
	       strcmp(a->region, b->region) == 0 && a->silence == b->silence;
}

static bool is_same_sum(const struct evidence *a, const struct evidence *b)
{
	return a->failures == b->failures && a->trials == b->trials &&
	       a->bound == b->bound && a->prefix == b->prefix &&
	       a->units == b->units && a->units_silent == b->units_silent;
}

static bool is_same_terms(const struct evidence *a, const struct evidence *b)
{
	return a->p0_ppm == b->p0_ppm && a->alpha_ppm == b->alpha_ppm &&
	       a->weight_ppm == b->weight_ppm && a->epoch == b->epoch;
}

static bool halts_same_cells(const struct replay_halt *h,
                             const struct evidence *found)
{
	return strcmp(h->cell.hw, found->halt_hw) == 0 &&
	       strcmp(h->cell.region, found->halt_region) == 0;
}

static bool is_same(const struct replay_halt *h, const struct evidence *found)
{
	const struct evidence *said = &h->evidence;

	return halts_same_cells(h, found) &&
	       (h->bare ||
	        (is_same_scope(said, found) && is_same_sum(said, found) &&
	         is_same_terms(said, found)));
}

static void put_sum(char *out, size_t size, const struct evidence *v)
{
	(void)snprintf(
		out, size,
		"%s %s/%s, %" PRId64 " of %" PRId64 " %s, bound %" PRId64,
		scope_kind_name(v->crossed), v->hw, v->region, v->failures,
		v->trials, v->silence ? "silent" : "failed", v->bound);
}

static void say_difference(struct replay_result *out)
{
	const struct replay_halt *h = out->halt;
	char found[300], said[300];

	put_sum(found, sizeof(found), &out->found);
	if (h == NULL) {
		(void)snprintf(out->text, sizeof(out->text),
		               "the trials halt %s/%s (%s), the export does "
		               "not",
		               out->found.halt_hw, out->found.halt_region,
		               found);
		return;
	}
	put_sum(said, sizeof(said), &h->evidence);
	if (!out->halts)
		(void)snprintf(out->text, sizeof(out->text),
		               "the export halts %s/%s, the trials halt "
		               "nothing at that moment",
		               h->cell.hw, h->cell.region);
	else if (!halts_same_cells(h, &out->found))
		(void)snprintf(out->text, sizeof(out->text),
		               "the export halts %s/%s, the trials halt %s/%s",
		               h->cell.hw, h->cell.region, out->found.halt_hw,
		               out->found.halt_region);
	else if (is_same_scope(&h->evidence, &out->found) &&
	         is_same_sum(&h->evidence, &out->found))
		(void)snprintf(out->text, sizeof(out->text),
		               "the export's risks or shares are not the "
		               "plan's");
	else
		(void)snprintf(out->text, sizeof(out->text),
		               "the export says %s; the trials say %s", said,
		               found);
}

/* ---- Asking ---- */

static bool asks(struct world *w, struct replay_result *out, int64_t now_ms)
{
	struct action a;

	(void)engine_tick(w->engine, now_ms);
	engine_evaluate(w->engine, now_ms, &a);
	out->halts = a.kind == ACTION_HALT;
	if (out->halts)
		out->found = a.evidence;
	return out->halts && is_same(out->halt, &out->found);
}

/* What happened in the halt's own millisecond may have come before or after:
 * one by one, until the verdict is the one that was given. */
static bool search(struct world *w, struct replay_result *out)
{
	int64_t at_ms = out->halt->at_ms;

	go_to(w, at_ms);
	units_to(w, at_ms);
	if (asks(w, out, at_ms))
		return true;
	do {
		while (end_one(w, at_ms + 1))
			if (asks(w, out, at_ms))
				return true;
	} while (enrol_one(w, at_ms + 1));
	return asks(w, out, at_ms);
}

static void judge(struct world *w, struct replay_result *out)
{
	const struct replay_halt *h = out->halt;

	if (h->by_hand) {
		go_to(w, h->at_ms);
		out->verdict = REPLAY_BY_HAND;
		(void)snprintf(out->text, sizeof(out->text), "%s",
		               h->evidence.text);
		return;
	}
	out->verdict = search(w, out) ? REPLAY_SAME : REPLAY_DIFFERS;
	if (out->verdict == REPLAY_DIFFERS)
		say_difference(out);
	else
		(void)snprintf(out->text, sizeof(out->text), "%s",
		               out->found.text);
}

/* At the end of an export that goes on, nothing else may be due. */
static bool lacks_one(struct world *w, struct replay_result *out)
{
	const struct replay *r = w->r;
	int64_t then_ms = r->time_ms - TURN_MS;
	struct action a;

	if (r->state != ROLLOUT_RUNNING && r->state != ROLLOUT_PAUSED)
		return false;
	go_to(w, then_ms);
	units_to(w, then_ms);
	(void)engine_tick(w->engine, then_ms);
	engine_evaluate(w->engine, then_ms, &a);
	if (a.kind != ACTION_HALT)
		return false;
	*out = (struct replay_result){.index = r->halts.len,
	                              .verdict = REPLAY_DIFFERS,
	                              .halts = true,
	                              .found = a.evidence};
	say_difference(out);
	return true;
}

static int differs(const struct replay_result *result, int64_t at_ms,
                   struct err *e)
{
	char at[RFC3339_SIZE];

	rfc3339_format(at, at_ms / 1000);
	return err_code(e, ERR_UNTRUSTED, "replay_differs", "halt %zu, %s: %s",
	                result->index + 1, at, result->text);
}

static int run(struct world *w, replay_fn *fn, void *ctx, struct err *e)
{
	const struct replay *r = w->r;
	struct replay_result result;

	for (size_t i = 0; i < r->halts.len; i++) {
		const struct replay_halt *h = &r->halts.items[i];

		result = (struct replay_result){.index = i, .halt = h};
		judge(w, &result);
		fn(ctx, &result);
		if (result.verdict == REPLAY_DIFFERS)
			return differs(&result, h->at_ms, e);
		engine_halt(w->engine, h->cell.hw, h->cell.region);
	}
	if (!lacks_one(w, &result))
		return 0;
	fn(ctx, &result);
	return differs(&result, r->time_ms, e);
}

int replay_run(const struct replay *r, replay_fn *fn, void *ctx, struct err *e)
{
	struct world w = {.r = r, .engine = engine_new(&r->plan, r->began_ms)};
	int result;

	engine_set_epoch(w.engine, r->epoch);
	gather(&w);
	gather_units(&w);
	result = run(&w, fn, ctx, e);
	free(w.outcomes);
	free(w.unit_ends);
	free(w.due_ms);
	engine_free(w.engine);
	return result;
}
