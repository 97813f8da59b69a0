#include "config.h"

#include "lib/sim/stage.h"

#include "lib/base/rng.h"
#include "lib/rollout/plan.h"

struct one_run {
	bool halted;
	int64_t failed, exposed;
};

static struct one_run simulate_one(struct rule *rule, int64_t devices,
                                   int32_t p_ppm, struct rng *devices_rng)
{
	struct one_run o = {.halted = false};

	rule_begin(rule);
	while (!o.halted && o.exposed < devices) {
		bool fails = rng_below(devices_rng, PPM) < (uint64_t)p_ppm;

		o.exposed++;
		o.failed += fails;
		o.halted = rule_report(rule, fails);
	}
	return o;
}

void stage_simulate(struct stage_figures *out, const struct rule_terms *terms,
                    struct rule *rule, int32_t p_ppm, int64_t runs,
                    uint64_t seed)
{
	struct rng_seeded seeds, devices;

	*out = (struct stage_figures){.runs = runs};
	rng_seeded_init(&seeds, seed);
	for (int64_t i = 0; i < runs; i++) {
		uint64_t own;
		struct one_run o;

		/* A stream of its own for each run, however long it is. */
		rng_fill(&seeds.rng, &own, sizeof(own));
		rng_seeded_init(&devices, own);
		o = simulate_one(rule, terms->stage, p_ppm, &devices.rng);
		out->halts += o.halted;
		estimate_add(&out->failed, (double)o.failed);
		estimate_add(&out->exposed, (double)o.exposed);
	}
}
