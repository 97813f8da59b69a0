#include "config.h"

#include "server/fleet/kept_back.h"

#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <string.h>

/* Units that fall silent in one transaction. */
#define SILENT_MAX 512

int kept_back_check(struct fleet *f, const char *product, const struct plan *p,
                    struct err *e)
{
	size_t n = p->gate.holdback_ppm > 0 ? index_count(&f->index) : 0;
	int64_t devices = 0;

	for (size_t i = 0; i < n; i++) {
		struct device_rec d = index_get(&f->index, i);
		struct cohort c = index_cohort_of(&f->index, d.cohort);

		devices += !d.revoked && strcmp(c.product, product) == 0 &&
		           words_has(&p->channels, c.channel) &&
		           words_has(&p->hw, c.hw) &&
		           words_has(&p->regions, c.region);
	}
	return plan_check_holdback(p, devices, e);
}

bool kept_back_has(const struct rollout *r, const struct device_rec *d)
{
	char id[2 * sizeof(d->id) + 1];

	if (r->plan->plan.gate.holdback_ppm == 0)
		return false;
	hex_encode(id, d->id, sizeof(d->id));
	return plan_holds_back(&r->plan->plan, id);
}

int kept_back_enrol(struct control *out, struct fleet *f,
                    const struct rollout *r, const struct device_rec *d,
                    int cell, int32_t told_s, struct err *e)
{
	int64_t now = fleet_now_ms(f);
	struct trial_row row = {
		.trial = {.device = d->key,
	                  .batch = d->batch,
	                  .cell = cell,
	                  .counted = d->enrolled_ms < r->began_ms,
	                  .step = TRIAL_GRANTED,
	                  .granted_ms = now,
	                  .step_ms = now},
		.rollout = r->key,
		.control = true,
		.poll_after_s = told_s,
	};

	*out = (struct control){.device = d->key,
	                        .owner = r->key,
	                        .cell = cell,
	                        .counted = row.trial.counted,
	                        .step = TRIAL_GRANTED,
	                        .at_ms = now};
	return trials_enrol(f->store, &row, e);
}

static void set_waiting(struct fleet *f, size_t device, bool waits)
{
	index_edit(&f->index, device)->kept_back = waits;
	index_edit_end(&f->index);
}

/* Into the table and, where it counts, before the engine. */
static void join(struct rollout *r, const struct control *u)
{
	(void)controls_add(&r->controls, u);
	if (!u->counted)
		return;
	engine_control_join(r->engine, u->cell, u->at_ms);
	if (u->step != TRIAL_GRANTED)
		engine_control_end(r->engine, u->cell, u->at_ms, u->step);
}

static void end(struct fleet *f, struct rollout *r, size_t i,
                enum trial_step to)
{
	const struct control *u = &r->controls.items[i];

	controls_end(&r->controls, i, to, fleet_now_ms(f));
	if (u->counted)
		engine_control_end(r->engine, u->cell, u->at_ms, to);
	r->touched = true;
}

void kept_back_enrolled(struct fleet *f, struct rollout *r, size_t device,
                        const struct control *u)
{
	join(r, u);
	set_waiting(f, device, true);
	r->touched = true;
}

/* The device's unit that waits and is heard of now; NULL. One that checks in
 * before soft_s is not heard of yet: a trial needs about as long to confirm,
 * and who goes away before that would have fallen silent as a trial. */
static const struct control *heard_now(const struct rollout *r, int64_t device,
                                       int64_t now_ms)
{
	const struct control *u = controls_find(&r->controls, device);

	return engine_state(r->engine) != ROLLOUT_SUPERSEDED && u != NULL &&
	                       u->step == TRIAL_GRANTED &&
	                       now_ms - u->at_ms >=
	                               r->plan->plan.gate.soft_s * 1000
	               ? u
	               : NULL;
}

static int save(struct fleet *f, const struct control *u, enum trial_step to,
                struct err *e)
{
	struct trial_row row = {
		.trial = {.device = u->device,
	                  .step = to,
	                  .step_ms = fleet_now_ms(f)},
		.rollout = u->owner,
		.control = true,
	};

	return trials_update(f->store, &row, e);
}

int kept_back_heard(struct fleet *f, const struct device_rec *d, int64_t now_ms,
                    struct err *e)
{
	int written = 0;

	for (size_t i = 0; i < f->live.len; i++) {
		const struct control *u =
			heard_now(f->live.items[i], d->key, now_ms);

		if (u == NULL)
			continue;
		if (save(f, u, TRIAL_CONFIRMED, e) != 0)
			return -1;
		written = 1;
	}
	return written;
}

/* One of its units is still to be heard of. */
static bool any_waits(const struct fleet *f, int64_t device)
{
	for (size_t i = 0; i < f->live.len; i++) {
		const struct rollout *r = f->live.items[i];
		const struct control *u = controls_find(&r->controls, device);

		if (engine_state(r->engine) != ROLLOUT_SUPERSEDED &&
		    u != NULL && u->step == TRIAL_GRANTED)
			return true;
	}
	return false;
}

void kept_back_was_heard(struct fleet *f, size_t device,
                         const struct device_rec *d, int64_t now_ms)
{
	for (size_t i = 0; i < f->live.len; i++) {
		struct rollout *r = f->live.items[i];
		const struct control *u = heard_now(r, d->key, now_ms);

		if (u != NULL)
			end(f, r, (size_t)(u - r->controls.items),
			    TRIAL_CONFIRMED);
	}
	set_waiting(f, device, any_waits(f, d->key));
}

static void forget(struct fleet *f, int64_t key)
{
	struct device_rec d;
	size_t at;

	if (index_by_key(&f->index, key, &at, &d))
		set_waiting(f, at, false);
}

void kept_back_expire(struct fleet *f, struct rollout *r)
{
	int64_t now = fleet_now_ms(f),
		hard_ms = r->plan->plan.gate.hard_s * 1000;
	size_t ends[SILENT_MAX], n = 0, from = 0;
	struct err e = {0};
	int result;

	if (engine_state(r->engine) == ROLLOUT_SUPERSEDED)
		return;
	while (n < SILENT_MAX && controls_next_silent(&r->controls, now,
	                                              hard_ms, &from, &ends[n]))
		n++;
	if (n == 0)
		return;
	result = store_begin(f->store, &e);
	for (size_t i = 0; i < n && result == 0; i++)
		result = save(f, &r->controls.items[ends[i]], TRIAL_SILENT, &e);
	if (result == 0)
		result = store_commit(f->store, &e);
	if (result != 0) {
		store_rollback(f->store);
		fleet_note_failure(f, &e);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		end(f, r, ends[i], TRIAL_SILENT);
		forget(f, r->controls.items[ends[i]].device);
	}
}

void kept_back_load(struct fleet *f, struct rollout *r,
                    const struct trial_row *row)
{
	struct control u = {.device = row->trial.device,
	                    .owner = row->rollout,
	                    .cell = row->trial.cell,
	                    .counted = row->trial.counted,
	                    .step = row->trial.step,
	                    .at_ms = row->trial.granted_ms,
	                    .end_ms = row->trial.step_ms};
	struct device_rec d;
	size_t at;

	join(r, &u);
	if (u.step == TRIAL_GRANTED &&
	    index_by_key(&f->index, u.device, &at, &d))
		set_waiting(f, at, true);
}
