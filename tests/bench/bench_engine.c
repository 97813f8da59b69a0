/*
 * What the engine costs, and how long a healthy rollout is on hold:
 *
 *	bench-engine cost                 one decision, one report, one look at
 *	                                  a thousand cells
 *	bench-engine held PLAN RUNS SEED  the share of its time, any scope, of
 *	                                  20,000 devices that poll hourly, 1 %
 *	                                  failing, 5 % silent by nature
 *
 * Times are of the processor, so that a busy machine measures the same.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/sim/course.h"
#include "lib/sim/estimate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TRIALS 100000
#define ROUNDS 20
/* 32 hardware revisions × 32 regions. */
#define SIDE 32
#define CELLS (SIDE * SIDE)

static double cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void name_all(struct words *w, const char *stem)
{
	for (w->n = 0; w->n < SIDE; w->n++)
		(void)snprintf(w->w[w->n], sizeof(w->w[0]), "%s%zu", stem,
		               w->n);
}

/* The numbers of tests/bench/rollout-plan.json, in a thousand cells. */
static void large_plan(struct plan *p)
{
	*p = (struct plan){
		.n_stages = 2,
		.stages = {{.ppm = PPM / 2, .soak_s = 86400},
	                   {.ppm = PPM,
	                    .not_before_s = 86400,
	                    .soak_s = 86400}},
		.expires_s = INT64_C(30) * 86400,
		.gate = {.p0_ppm = 20000,
	                 .alpha_ppm = 50000,
	                 .p_silent_ppm = 100000,
	                 .alpha_silent_ppm = 10000,
	                 .p1_ppm = 20000,
	                 .beta_ppm = 50000,
	                 .soft_s = 7200,
	                 .hard_s = 86400,
	                 .in_flight = TRIALS,
	                 .min_confirmed = 10,
	                 .weight_cells = PPM / 4,
	                 .weight_hw = PPM / 4,
	                 .weight_regions = PPM / 4,
	                 .weight_pooled = PPM / 4},
	};
	name_all(&p->hw, "hw");
	name_all(&p->regions, "r");
}

static void enrol_all(struct engine *g)
{
	for (int i = 0; i < TRIALS; i++) {
		struct trial t = {.device = i + 1,
		                  .batch = 1 + i % 8,
		                  .attempt = 1,
		                  .cell = i % CELLS,
		                  .counted = true,
		                  .granted_ms = i,
		                  .step_ms = i,
		                  .poll_after_s = ENGINE_POLL_OPEN_S};

		(void)engine_enrol(g, &t);
	}
}

/* One of a hundred, in no order that the cells have. */
static bool fails(size_t i)
{
	return (i * UINT64_C(0x9e3779b97f4a7c15) >> 33) % 100 == 0;
}

static void cost(void)
{
	SCOPED(engine_free)
	struct engine *g;
	struct plan p;
	struct action a;
	int64_t granted = 0;
	double began;

	large_plan(&p);
	g = engine_new(&p, 0);
	enrol_all(g);
	began = cpu_us();
	for (size_t i = 0; i < TRIALS; i++)
		(void)engine_move(g, i,
		                  fails(i) ? TRIAL_FAILED : TRIAL_CONFIRMED,
		                  TRIALS);
	printf("rollout-report %.3f us\n", (cpu_us() - began) / TRIALS);
	began = cpu_us();
	for (int i = 0; i < TRIALS; i++)
		granted += engine_may_grant(g, i % CELLS) == GRANT_YES;
	printf("rollout-decision %.3f us\n", (cpu_us() - began) / TRIALS);
	began = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		(void)engine_tick(g, TRIALS + i);
		engine_evaluate(g, TRIALS + i, &a);
	}
	printf("rollout-look-at-%d-cells %.1f us\n", CELLS,
	       (cpu_us() - began) / ROUNDS);
	/* Nobody skips what nobody reads. */
	if (granted == 0 || a.kind != ACTION_NONE)
		printf("# %lld of %d granted; %s\n", (long long)granted, TRIALS,
		       a.text);
}

static void populate(struct fleet *f, const struct plan *p)
{
	size_t n = plan_n_cells(p);

	*f = (struct fleet){
		.cells = xcalloc(n, sizeof(*f->cells)),
		.devices = 20000 / (int64_t)n * (int64_t)n,
		.download_s = 600,
		.boot_s = 300,
	};
	for (size_t i = 0; i < n; i++)
		f->cells[i] = (struct fleet_cell){
			.devices = 20000 / (int64_t)n,
			.poll_s = 3600,
			.fail_ppm = 10000,
			.silent_ppm = 50000,
		};
}

static void held(const struct plan *p, int64_t runs, uint64_t seed)
{
	SCOPED(fleet_fini)
	struct fleet f;
	struct estimate_mean share = {0};
	struct interval in;
	struct rng_seeded seeds, own;

	populate(&f, p);
	rng_seeded_init(&seeds, seed);
	for (int64_t i = 0; i < runs; i++) {
		SCOPED(course_fini)
		struct course c = {0};
		uint64_t start;

		rng_fill(&seeds.rng, &start, sizeof(start));
		rng_seeded_init(&own, start);
		course_run(&c, p, &f, &own.rng);
		estimate_add(&share, (double)c.held_ms / (double)c.end_ms);
	}
	in = estimate_range(&share);
	printf("rollout-plan-healthy-held %.5f of its time "
	       "(95%% interval %.5f to %.5f)\n",
	       share.mean, in.low, in.high);
}

int main(int argc, char **argv)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(plan_fini)
	struct plan p = {0};
	struct err e = {0};
	int64_t runs, seed;

	if (argc == 2 && strcmp(argv[1], "cost") == 0) {
		cost();
		return 0;
	}
	if (argc != 5 || strcmp(argv[1], "held") != 0 ||
	    num_i64(&runs, argv[3], 2, 100000, "RUNS", &e) != 0 ||
	    num_i64(&seed, argv[4], 0, 1000000, "SEED", &e) != 0) {
		fprintf(stderr, "usage: bench-engine cost | held PLAN RUNS "
		                "SEED\n");
		return 2;
	}
	if (fs_read(&bytes, argv[2], &e) != 0 ||
	    plan_parse(&p, argv[2], buf_str(&bytes), bytes.len, &e) != 0) {
		fprintf(stderr, "bench-engine: %s\n", e.msg);
		return 1;
	}
	held(&p, runs, (uint64_t)seed);
	return 0;
}
