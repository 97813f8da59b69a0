#include "config.h"

#include "lib/rollout/eta.h"

#include "server/fleet/precede.h"
#include "server/show/census.h"
#include "server/show/show.h"

static struct eta_facts gather(struct fleet *f, const struct rollout *r)
{
	const struct plan *p = &r->plan->plan;
	struct cell_counts counts;
	struct eta_facts out = {
		.state = engine_state(r->engine),
		.stage = engine_stage(r->engine),
		.by_hand_to = engine_by_hand_to(r->engine),
		.since_ms = r->stage_since_ms,
		.now_ms = fleet_now_ms(f),
		.kept_out = engine_kept_out(r->engine),
		.cells_halted = engine_n_halted(r->engine),
		.held = engine_all_held(r->engine),
		.holds = engine_n_holds(r->engine),
		.recalled = precede_recall_of(f, r) != NULL,
		.poll_s = f->config.poll_after_s,
	};

	engine_counts(r->engine, &counts);
	out.confirmed = counts.confirmed;
	out.failed = counts.failed;
	for (size_t s = 0; s < p->n_stages; s++)
		out.reach[s] = engine_reach(r->engine, (int)s);
	if (!precede_is_unfinished(r))
		return out;
	out.poll_s =
		census_poll_s(&f->index, r->product, out.now_ms, out.poll_s);
	return out;
}

static void put_moment(struct jw *w, const char *key, int64_t at_s)
{
	if (at_s > 0)
		jw_put_time(w, key, at_s);
	else
		jw_put_null(w, key);
}

void show_eta(struct jw *w, struct fleet *f, const struct rollout *r)
{
	struct eta_facts facts = gather(f, r);
	int64_t attempt_s = eta_attempt_s(r->engine);
	struct eta eta;

	/* What takes longer is overdue. */
	facts.attempt_s =
		attempt_s >= 0 ? attempt_s : r->plan->plan.gate.soft_s;
	eta_decide(&eta, &r->plan->plan, &facts);
	jw_key(w, "eta");
	jw_object(w);
	put_moment(w, "at", eta.at_s);
	put_moment(w, "stage_end", eta.stage_end_s);
	jw_put_str(w, "who", eta_who_name(eta.who));
	jw_put_str(w, "text", eta.text);
	jw_put_int(w, "poll_s", facts.poll_s);
	if (attempt_s >= 0)
		jw_put_int(w, "attempt_s", attempt_s);
	else
		jw_put_null(w, "attempt_s");
	jw_end_object(w);
}
