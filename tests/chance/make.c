#include "config.h"

#include "lib/base/mem.h"
#include "tests/chance/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGES_MAX 4
#define DEVICES_MAX 60

static int64_t between(struct world *w, int64_t low, int64_t high)
{
	return low + one_of(w, high - low + 1);
}

static void make_stages(struct world *w)
{
	struct plan *p = &w->plan;
	int64_t at_s = FIXTURE_T0_S;
	int32_t ppm = 0;

	p->n_stages = (size_t)between(w, 1, STAGES_MAX);
	for (size_t i = 0; i < p->n_stages; i++) {
		bool last = i + 1 == p->n_stages;

		ppm += 1 + (int32_t)one_of(w, (PPM - ppm) / 2);
		p->stages[i] = (struct plan_stage){
			.ppm = last && !once_in(w, 4) ? PPM : ppm,
			.not_before_s = at_s,
			.soak_s = between(w, 0, 86400),
		};
		at_s += once_in(w, 2) ? between(w, 1, 86400)
		                      : p->stages[i].soak_s + 1;
	}
}

static void make_gate(struct world *w)
{
	static const int32_t p0[] = {1000, 20000, 100000};
	static const int32_t alpha[] = {1000, 50000, 300000};
	struct plan_gate *g = &w->plan.gate;

	g->p0_ppm = p0[one_of(w, 3)];
	g->alpha_ppm = alpha[one_of(w, 3)];
	g->p_silent_ppm = once_in(w, 2) ? 100000 : 200000;
	g->alpha_silent_ppm = alpha[one_of(w, 3)];
	g->p1_ppm = once_in(w, 2) ? 20000 : 100000;
	g->soft_s = between(w, 60, 4 * 3600);
	g->hard_s = g->soft_s + between(w, 60, 86400);
	g->in_flight = once_in(w, 4) ? between(w, 1, 8) : 500;
	g->min_confirmed = between(w, 0, 20);
	g->promote_by_hand = once_in(w, 6);
}

static void make_plan(struct world *w)
{
	struct plan *p = &w->plan;
	char *text;

	fixture_fw(&w->release);
	fixture_plan(p);
	fixture_narrow(p, (size_t)between(w, 1, 3), (size_t)between(w, 1, 3));
	make_stages(w);
	make_gate(w);
	p->max_ppm = (int32_t)between(w, 1, PPM);
	p->expires_s = FIXTURE_T0_S + PLAN_LIFE_MAX_S;
	if (once_in(w, 3)) {
		/* A larger share for a small cell. */
		struct plan_stage *s = &p->stages[0];
		struct cell c = plan_cell_at(
			p, (int)one_of(w, (int64_t)plan_n_cells(p)));

		s->cells = xcalloc(1, sizeof(*s->cells));
		s->cells[0] = (struct plan_cell){
			.cell = c, .ppm = (int32_t)between(w, s->ppm, PPM)};
		s->n_cells = 1;
	}
	/* Its bytes, and so its hash, are those of a plan that reads. */
	text = fixture_plan_text(p);
	free(text);
}

/* Most fleets are well; some are ill in one way. */
static enum fate make_fate(struct world *w, enum fate ill, int64_t pct)
{
	if (one_of(w, 100) < pct)
		return ill;
	return once_in(w, 25) ? (enum fate)one_of(w, N_FATES) : FATE_CONFIRM;
}

static void make_device(struct world *w, struct device *d, enum fate ill,
                        int64_t pct)
{
	static const char digits[] = "0123456789abcdef";
	const struct plan *p = &w->plan;
	struct cell c;

	*d = (struct device){.running_version = "2.0.0",
	                     .has_clock = !once_in(w, 8),
	                     .counted = !once_in(w, 8),
	                     .fate = make_fate(w, ill, pct)};
	for (size_t i = 0; i < 32; i++)
		d->id[i] = digits[one_of(w, 16)];
	d->cell = (int)one_of(w, (int64_t)plan_n_cells(p));
	c = plan_cell_at(p, d->cell);
	word_set(d->hw, c.hw);
	word_set(d->region, c.region);
	word_set(d->channel, "production");
	d->bucket = bucket_of(p->release_sha256, d->id);
	for (size_t i = 0; i < p->n_stages; i++)
		d->ppm[i] = plan_ppm(p, i, d->hw, d->region);
	d->poll_ms = between(w, 300, 7200) * SECOND_MS;
	if (once_in(w, 10))
		d->skew_ms = between(w, -2 * DAY_MS, 2 * DAY_MS);
	if (once_in(w, 5)) {
		d->off_from_ms = w->began_ms + one_of(w, 3 * DAY_MS);
		d->off_to_ms = d->off_from_ms + one_of(w, 3 * DAY_MS);
	}
	d->heard_ms = w->began_ms;
}

void world_make(struct world *w)
{
	static const int64_t share[] = {0, 0, 5, 20, 50, 100};
	enum fate ill;
	int64_t pct;

	make_plan(w);
	w->began_ms = FIXTURE_T0_S * SECOND_MS + one_of(w, HOUR_MS);
	w->calm_ms = w->began_ms + one_of(w, 5 * DAY_MS);
	w->turn_ms = between(w, 5, 60) * MINUTE_MS;
	w->n_devices = (size_t)between(w, 1, DEVICES_MAX);
	w->devices = xcalloc(w->n_devices, sizeof(*w->devices));
	ill = (enum fate)one_of(w, N_FATES);
	pct = share[one_of(w, 6)];
	for (size_t i = 0; i < w->n_devices; i++) {
		struct device *d = &w->devices[i];

		make_device(w, d, ill, pct);
		queue_add(&w->queue, w->began_ms + one_of(w, d->poll_ms),
		          (uint32_t)i);
	}
}
