#include "config.h"

#include "lib/base/mem.h"
#include "tests/chance/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- One question, three answers ---- */

static const struct offer_rule *rule_of(struct world *w, struct offer_rule *out,
                                        const struct state_doc *s)
{
	*out = (struct offer_rule){
		.rule = &s->rules[0], .plan = &w->plan, .release = &w->release};
	return out;
}

/* T of trust.md check 10; a device without a clock knows the floor alone. */
static int64_t device_time_s(const struct world *w, const struct device *d)
{
	int64_t clock_s = (w->now_ms + d->skew_ms) / SECOND_MS;

	if (!d->has_clock || clock_s < w->release.built_s)
		return w->release.built_s;
	return clock_s;
}

static void ask(struct offer *out, struct world *w, const struct device *d,
                enum offer_step step, bool as_device)
{
	const struct state_doc *s = world_state(w);
	struct offer_rule rule;
	const struct offer_world in = {
		.repo = FIXTURE_REPO,
		.product = FIXTURE_PRODUCT,
		.channel = d->channel,
		.has_state = true,
		.rules = rule_of(w, &rule, s),
		.n_rules = s->n_rules,
	};
	const struct offer_device who = {
		.product = FIXTURE_PRODUCT,
		.hw = d->hw,
		.region = d->region,
		.channel = d->channel,
		.id = d->id,
		.has_clock = d->has_clock,
		.running_sha256 = FIXTURE_RUNNING,
		.running_version = d->running_version,
		.now_s = as_device || !d->has_clock ? device_time_s(w, d)
	                                            : server_ms(w) / SECOND_MS,
		.known = as_device,
		.latches = &d->latch,
		.n_latches = d->latched ? 1 : 0,
		.battery_pct = -1,
		.flash_free_bytes = -1,
	};

	offer_decide(out, &in, &who, step,
	             step == OFFER_ACTIVATE ? w->plan.sha256 : NULL);
}

/* As the simulator decides: the share of the stage, its date, what is
 * halted, and whether it runs. */
static bool simulated(const struct world *w, const struct device *d)
{
	int stage = engine_stage(w->engine);
	int64_t now_s = server_ms(w) / SECOND_MS;
	int32_t ppm = plan_ppm(&w->plan, (size_t)stage, d->hw, d->region);

	if (world_is_held(w) || engine_cell_halted(w->engine, d->cell) ||
	    now_s >= w->plan.expires_s ||
	    strcmp(d->running_version, w->release.version) == 0)
		return false;
	if (!d->has_clock)
		return d->bucket < (uint32_t)(ppm < w->plan.max_ppm
		                                      ? ppm
		                                      : w->plan.max_ppm);
	return d->bucket < (uint32_t)ppm &&
	       now_s >= w->plan.stages[stage].not_before_s;
}

static void compare(struct world *w, const struct device *d,
                    const struct offer *server, const struct offer *device)
{
	bool same_time = !d->has_clock || d->skew_ms == w->skew_ms;

	w->sums->questions++;
	if ((server->why == OFFER_YES) != simulated(w, d))
		world_fault(w, "the server says %s, the simulator %s",
		            offer_why_code(server->why),
		            simulated(w, d) ? "yes" : "no");
	if (same_time && device->why != server->why &&
	    device->why != OFFER_LATCHED)
		world_fault(w, "the server says %s, the device %s",
		            offer_why_code(server->why),
		            offer_why_code(device->why));
	if (device->why == OFFER_YES &&
	    (device->bucket >= (uint32_t)device->ppm || d->latched))
		world_fault(w, "a device starts outside its share or latched");
}

/* ---- Grants ---- */

/* One more grant is within the caps. Open grants of a held or halted cell
 * leave the rollout's (doc/rollout-rules.md, Cap). */
static void check_caps(struct world *w, int cell)
{
	struct cell_counts c;
	int64_t open = 1, confirmed = 0, here = 1, confirmed_here = 0;

	for (size_t i = 0; i < engine_n_trials(w->engine); i++) {
		const struct trial *t = engine_trial(w->engine, i);
		bool live = !engine_cell_halted(w->engine, t->cell) &&
		            !engine_cell_held(w->engine, t->cell);

		open += live && trial_is_open(t->step);
		here += t->cell == cell && trial_is_open(t->step);
		confirmed += t->counted && t->step == TRIAL_CONFIRMED;
		confirmed_here += t->counted && t->cell == cell &&
		                  t->step == TRIAL_CONFIRMED;
	}
	engine_cell_counts(w->engine, cell, &c);
	if (c.confirmed != confirmed_here)
		world_fault(w,
		            "a cell counts %" PRId64 " confirmed of %" PRId64,
		            c.confirmed, confirmed_here);
	if (open > (confirmed > 10 ? confirmed : 10) ||
	    here > (confirmed_here > 3 ? confirmed_here : 3) ||
	    open > w->plan.gate.in_flight)
		world_fault(w,
		            "%" PRId64 " open, %" PRId64
		            " in the cell, with %" PRId64 " and %" PRId64
		            " confirmed",
		            open, here, confirmed, confirmed_here);
}

static void grant(struct world *w, struct device *d, size_t i)
{
	const struct trial t = {
		.device = (int64_t)i + 1,
		.batch = 1,
		.attempt = 1,
		.cell = d->cell,
		.counted = d->counted,
		.poll_after_s = ENGINE_POLL_OPEN_S,
		.granted_ms = server_ms(w),
		.step_ms = server_ms(w),
	};

	if (w->halted[d->cell] || w->paused_ms != 0)
		world_fault(w, "a grant in a halted cell or while paused");
	check_caps(w, d->cell);
	d->trial = engine_enrol(w->engine, &t);
	d->has_trial = true;
	d->step = STEP_LOADS;
	w->sums->grants++;
}

static bool may_try(const struct world *w, const struct device *d)
{
	return !d->has_trial ||
	       engine_trial(w->engine, d->trial)->step == TRIAL_VOID;
}

/* trust.md check 5. */
static void note_latch(struct world *w, struct device *d)
{
	const struct state_rule *r = &world_state(w)->rules[0];

	if (!cells_match(r->halted, r->n_halted, d->hw, d->region)) {
		if (d->latched)
			world_fault(w, "a halt was taken back");
		return;
	}
	d->latched = true;
	(void)snprintf(d->latch.plan_id, sizeof(d->latch.plan_id), "%s",
	               w->plan.id);
	d->latch.rev = w->plan.rev;
}

static void poll(struct world *w, struct device *d, size_t i)
{
	struct offer server, device;

	note_latch(w, d);
	ask(&server, w, d, OFFER_START, false);
	ask(&device, w, d, OFFER_START, true);
	compare(w, d, &server, &device);
	if (server.why == OFFER_YES && device.why == OFFER_YES &&
	    may_try(w, d) && engine_may_grant(w->engine, d->cell) == GRANT_YES)
		grant(w, d, i);
}

/* ---- From the grant to the end ---- */

static void move(struct world *w, struct device *d, enum trial_step to)
{
	enum trial_step was = engine_trial(w->engine, d->trial)->step;
	bool moved = engine_move(w->engine, d->trial, to, server_ms(w));

	if (moved !=
	    trial_may_move(was, to,
	                   engine_state(w->engine) == ROLLOUT_COMPLETED))
		world_fault(w, "%s to %s", trial_step_name(was),
		            trial_step_name(to));
	if (moved && trial_is_failure(to))
		w->sums->failures++;
	if (moved && to == TRIAL_VOID)
		w->sums->voids++;
	world_judge(w);
}

/* It asks again before it activates. */
static void activate(struct world *w, struct device *d)
{
	struct offer server, device;
	enum trial_step step = engine_trial(w->engine, d->trial)->step;

	note_latch(w, d);
	engine_told_poll(w->engine, d->trial, ENGINE_POLL_OPEN_S);
	if (!trial_is_open(step)) {
		/* It took too long, and was counted as silent. */
		d->step = STEP_POLLS;
		return;
	}
	if (d->fate == FATE_EARLY) {
		move(w, d, TRIAL_FAILED);
		d->step = STEP_POLLS;
		return;
	}
	if (d->fate == FATE_DEFER && d->deferrals++ < 2) {
		move(w, d, TRIAL_VOID);
		d->step = STEP_POLLS;
		return;
	}
	ask(&server, w, d, OFFER_ACTIVATE, false);
	ask(&device, w, d, OFFER_ACTIVATE, true);
	if ((!d->has_clock || d->skew_ms == w->skew_ms) &&
	    server.why != device.why && device.why != OFFER_LATCHED)
		world_fault(w, "activate: the server says %s, the device %s",
		            offer_why_code(server.why),
		            offer_why_code(device.why));
	if (device.why == OFFER_HALTED || device.why == OFFER_LATCHED) {
		move(w, d, TRIAL_VOID);
		d->step = STEP_POLLS;
		return;
	}
	if (w->paused_ms != 0 || server.why != OFFER_YES ||
	    device.why != OFFER_YES)
		return; /* it asks again */
	if (w->halted[d->cell])
		world_fault(w, "activated in a halted cell");
	move(w, d, TRIAL_ACTIVATED);
	w->sums->activations++;
	d->step = STEP_BOOTS;
}

static void boot(struct world *w, struct device *d)
{
	bool updated = false;

	switch (d->fate) {
	case FATE_FAIL: move(w, d, TRIAL_FAILED); break;
	case FATE_EARLY:
	case FATE_REVERT: move(w, d, TRIAL_REVERTED); break;
	case FATE_LIAR:
		move(w, d, TRIAL_FAILED);
		move(w, d, TRIAL_CONFIRMED);
		break;
	case FATE_BRICK:
	case FATE_DARK: d->step = STEP_GONE; return;
	case FATE_RELAPSE:
		move(w, d, TRIAL_BOOTED);
		move(w, d, TRIAL_CONFIRMED);
		d->step = STEP_AFTER;
		return;
	case FATE_CONFIRM:
	case FATE_LATE:
	case FATE_DEFER:
	case N_FATES:
		move(w, d, TRIAL_BOOTED);
		move(w, d, TRIAL_CONFIRMED);
		updated = true;
		break;
	}
	if (updated)
		d->running_version = w->release.version;
	d->step = STEP_POLLS;
}

/* How long until it is heard of again. */
static int64_t pause_ms(struct world *w, const struct device *d)
{
	switch (d->step) {
	case STEP_POLLS: return d->poll_ms;
	case STEP_LOADS: return MINUTE_MS + one_of(w, d->poll_ms);
	case STEP_BOOTS:
		if (d->fate == FATE_LATE)
			return w->plan.gate.hard_s * SECOND_MS +
			       one_of(w, DAY_MS);
		return MINUTE_MS + one_of(w, 20 * MINUTE_MS);
	case STEP_AFTER: return one_of(w, DAY_MS);
	case STEP_GONE: break;
	}
	return INT64_MAX;
}

void world_device(struct world *w, size_t i)
{
	struct device *d = &w->devices[i];
	int64_t wait_ms;

	if (w->now_ms >= d->off_from_ms && w->now_ms < d->off_to_ms) {
		queue_add(&w->queue, d->off_to_ms + 1, (uint32_t)i);
		return;
	}
	d->heard_ms = w->now_ms;
	switch (d->step) {
	case STEP_POLLS: poll(w, d, i); break;
	case STEP_LOADS: activate(w, d); break;
	case STEP_BOOTS: boot(w, d); break;
	case STEP_AFTER:
		move(w, d, TRIAL_REVERTED);
		d->step = STEP_POLLS;
		break;
	case STEP_GONE: return;
	}
	if (d->step == STEP_LOADS && d->fate == FATE_DARK)
		d->step = STEP_GONE;
	wait_ms = pause_ms(w, d);
	if (wait_ms != INT64_MAX)
		queue_add(&w->queue, w->now_ms + wait_ms, (uint32_t)i);
}
