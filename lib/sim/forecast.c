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
	bool halted = false, misjudged = false;

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
		halted = true;
		misjudged |= forecast_is_healthy(p, &f->cells[i]);
	}
	estimate_add(&out->failed, (double)failed);
	estimate_add(&out->exposed, (double)exposed);
	out->halted += halted;
	out->misjudged += misjudged;
}

static void add(struct forecast *out, const struct plan *p,
                const struct fleet *f, const struct course *c)
{
	add_cells(out, p, f, c);
	for (size_t s = 0; s < p->n_stages; s++)
		if (c->stage_ms[s] >= 0)
			estimate_add(&out->stage_h[s],
			             (double)c->stage_ms[s] / HOUR_MS);
	if (c->state != ROLLOUT_COMPLETED)
		return;
	out->completed++;
	estimate_add(&out->finish_h, (double)c->end_ms / HOUR_MS);
}

void forecast_run(struct forecast *out, const struct plan *p,
                  const struct fleet *f, int64_t runs, uint64_t seed)
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
		course_run(&c, p, f, &own.rng);
		add(out, p, f, &c);
	}
}

void forecast_fini(struct forecast *f)
{
	free(f->cells);
	*f = (struct forecast){0};
}
