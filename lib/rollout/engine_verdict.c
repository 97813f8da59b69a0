#include "config.h"

#include "lib/rollout/engine_parts.h"
#include "lib/rollout/gate.h"

#include <stdio.h>
#include <string.h>

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
	};
	struct hold h;

	memcpy(f.reach, g->reach, sizeof(f.reach));
	for (size_t i = 0; i < plan_n_cells(g->plan); i++)
		if (!g->scopes.halted[i]) {
			f.confirmed += g->cells[i].confirmed;
			f.failed += g->cells[i].failed;
			f.open_counted += g->cells[i].open_counted;
			f.silent += g->cells[i].silent;
		}
	f.old = g->old_trials;
	f.old_failed = g->old_failures;
	f.needed = bar_needed(&g->bar, g->old_failures);
	f.needed_at_best = bar_needed(&g->bar, f.failed);
	f.holds = engine_n_holds(g);
	if (f.holds > 0) {
		engine_hold_at(g, f.holds - 1, &h);
		word_set(f.hold_hw, h.hw);
		word_set(f.hold_region, h.region);
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
	out->overdue += c->overdue;
	out->uncounted += c->uncounted;
	out->trials += c->open_counted + c->confirmed + c->failed;
}

void engine_cell_counts(const struct engine *g, int cell,
                        struct cell_counts *out)
{
	const struct scope *sc = &g->scopes.all[cell];

	*out = (struct cell_counts){.halted = g->scopes.halted[cell],
	                            .held = g->cells[cell].held};
	put_counts(out, &g->cells[cell]);
	out->bound = stats_table_bound(sc->failed.table, out->trials);
}

void engine_counts(const struct engine *g, struct cell_counts *out)
{
	const struct tally *widest = &g->scopes.all[g->scopes.n - 1].failed;

	*out = (struct cell_counts){.halted = all_halted(g),
	                            .held = engine_all_held(g)};
	for (size_t i = 0; i < plan_n_cells(g->plan); i++)
		put_counts(out, &g->cells[i]);
	out->bound = stats_table_bound(widest->table, tally_trials(widest));
}
