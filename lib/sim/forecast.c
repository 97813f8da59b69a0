#include "config.h"

#include "lib/sim/forecast.h"

#include "lib/base/mem.h"

#include <stdlib.h>

#define HOUR_MS 3600000.0

bool forecast_is_healthy(const struct plan *p, const struct fleet_cell *c)
{
	return c->fail_ppm + c->brick_ppm <= p->gate.p0_ppm &&
	       c->silent_ppm + c->brick_ppm <= p->gate.p_silent_ppm;
}

static void add_cells(struct forecast *out, const struct plan *p,
                      const struct fleet *f, const struct course *c)
{
	int64_t failed = 0, exposed = 0;
	int64_t first_ms = INT64_MAX;
	bool misjudged = false;

	for (size_t i = 0; i < out->n_cells; i++) {
		const struct course_cell *from = &c->cells[i];
		struct forecast_cell *to = &out->cells[i];

		failed += from->failed;
		exposed += from->exposed;
		estimate_add(&to->failed, (double)from->failed);
		estimate_add(&to->exposed, (double)from->exposed);
		/* A wide scope may halt a cell that has no device. */
		if (from->halt_ms < 0 || f->cells[i].devices == 0)
			continue;
		to->halts++;
		estimate_add(&to->halt_h, (double)from->halt_ms / HOUR_MS);
		if (from->halt_ms < first_ms)
			first_ms = from->halt_ms;
		misjudged |= forecast_is_healthy(p, &f->cells[i]);
	}
	estimate_add(&out->failed, (double)failed);
	estimate_add(&out->exposed, (double)exposed);
	out->misjudged += misjudged;
	if (first_ms == INT64_MAX)
		return;
	out->halted++;
	estimate_add(&out->halt_h, (double)first_ms / HOUR_MS);
}

static void add_stages(struct forecast *out, const struct plan *p,
                       const struct course *c)
{
	for (size_t s = 0; s < p->n_stages; s++) {
		struct forecast_stage *to = &out->stages[s];

		estimate_add(&to->failed, (double)c->stages[s].failed);
		estimate_add(&to->exposed, (double)c->stages[s].exposed);
		if (c->stage_ms[s] >= 0)
			estimate_add(&to->after_h,
			             (double)c->stage_ms[s] / HOUR_MS);
	}
}

static void add(struct forecast *out, const struct plan *p,
                const struct fleet *f, const struct course *c)
{
	add_cells(out, p, f, c);
	add_stages(out, p, c);
	if (c->state != ROLLOUT_COMPLETED)
		return;
	out->completed++;
	estimate_add(&out->finish_h, (double)c->end_ms / HOUR_MS);
}

void forecast_run(struct forecast *out, const struct plan *p,
                  const struct fleet *f, const struct peer_terms *peer,
                  int64_t runs, uint64_t seed)
{
	struct rng_seeded seeds, own;

	*out = (struct forecast){
		.runs = runs,
		.n_cells = plan_n_cells(p),
		.cells = xcalloc(plan_n_cells(p), sizeof(*out->cells)),
	};
	rng_seeded_init(&seeds, seed);
	for (int64_t i = 0; i < runs; i++) {
		SCOPED(course_fini)
		struct course c = {0};
		uint64_t start;

		rng_fill(&seeds.rng, &start, sizeof(start));
		rng_seeded_init(&own, start);
		if (peer == NULL)
			course_run(&c, p, f, &own.rng);
		else
			course_run_peer(&c, p, f, peer, &own.rng);
		add(out, p, f, &c);
	}
}

static int32_t ppm_of(const struct plan *p, size_t stage, size_t cell)
{
	struct cell c = plan_cell_at(p, (int)cell);

	return plan_ppm_starting(p, stage, c.hw, c.region);
}

double forecast_reach(const struct plan *p, const struct fleet *f, size_t stage)
{
	double n = 0;

	for (size_t i = 0; i < plan_n_cells(p); i++)
		n += (double)f->cells[i].devices * ppm_of(p, stage, i) / 1e6;
	return n;
}

double forecast_p_empty(const struct plan *p, const struct fleet *f,
                        size_t stage, size_t cell)
{
	double out = 1, power = 1 - ppm_of(p, stage, cell) / 1e6;

	/* By squaring: (1 - ppm)^devices. */
	for (int64_t n = f->cells[cell].devices; n > 0; n /= 2) {
		if (n % 2 == 1)
			out *= power;
		power *= power;
	}
	return out;
}

void forecast_fini(struct forecast *f)
{
	free(f->cells);
	*f = (struct forecast){0};
}
