/*
 * Which weights, deadlines and caps harm fewest devices:
 *
 *	bench-search PLAN RUNS SEED [WORD]
 *
 * Each line is one candidate: the gate of PLAN with what its name says
 * changed; those whose name holds WORD alone. It goes through the scenarios
 * below, all candidates through the same fleets, and what is added up are the
 * devices that failed in the cells that were sick. Beside it what the candidate
 * costs a healthy release: it must not halt, seldom hold, and not dawdle.
 * doc/rollout-maths.md says what was chosen from it.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/sim/course.h"
#include "lib/sim/estimate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)

enum sick { SICK_NONE, SICK_ALL, SICK_CELL, SICK_HW, SICK_REGION };

/* In the cells that are sick. 1 % fail in the others, and a share of all falls
 * silent by nature; polls are hourly. */
static const struct scenario {
	const char *name;
	enum sick where;
	int64_t devices;
	int32_t fail_ppm, brick_ppm, silent_ppm;
	int64_t download_s;
} scenarios[] = {
	/* clang-format off */
	{"all-10",    SICK_ALL,    20000, 100000, 0,      50000, 600},
	{"all-30",    SICK_ALL,    20000, 300000, 0,      50000, 600},
	{"cell-10",   SICK_CELL,    6000, 100000, 0,      50000, 600},
	{"cell-30",   SICK_CELL,    6000, 300000, 0,      50000, 600},
	{"hw-10",     SICK_HW,      6000, 100000, 0,      50000, 600},
	{"region-10", SICK_REGION,  6000, 100000, 0,      50000, 600},
	{"mute-all",  SICK_ALL,     2000, 0,      300000, 50000, 600},
	{"mute-cell", SICK_CELL,    6000, 0,      300000, 50000, 600},
	/* Healthy, at its worst: silent often, an hour or two for a download. */
	{"healthy",   SICK_NONE,    6000, 0,      0,      80000, 3600},
	/* clang-format on */
};
#define N_SCENARIOS ARRAY_LEN(scenarios)

/* Shares of α in thousandths, then deadlines and caps; 0: as in the plan. */
static const struct candidate {
	const char *name;
	int cells, hw, regions, pooled;
	int64_t soft_s, hard_s, in_flight, min_confirmed;
	int32_t alpha_silent_ppm;
} candidates[] = {
	/* clang-format off */
	{.name = "plan"},
	{.name = "weights-250-250-250-250", .cells = 250, .hw = 250, .regions = 250, .pooled = 250},
	{.name = "weights-300-100-100-500", .cells = 300, .hw = 100, .regions = 100, .pooled = 500},
	{.name = "weights-350-50-50-550",   .cells = 350, .hw = 50,  .regions = 50,  .pooled = 550},
	{.name = "weights-450-25-25-500",   .cells = 450, .hw = 25,  .regions = 25,  .pooled = 500},
	{.name = "weights-600-10-10-380",   .cells = 600, .hw = 10,  .regions = 10,  .pooled = 380},
	{.name = "weights-200-50-50-700",   .cells = 200, .hw = 50,  .regions = 50,  .pooled = 700},
	{.name = "soft-1h",  .soft_s = 3600},
	{.name = "soft-4h",  .soft_s = 4 * 3600},
	{.name = "hard-12h", .hard_s = DAY_S / 2},
	{.name = "hard-48h", .hard_s = 2 * DAY_S},
	{.name = "in-flight-100",  .in_flight = 100},
	{.name = "in-flight-2000", .in_flight = 2000},
	{.name = "min-confirmed-5",  .min_confirmed = 5},
	{.name = "min-confirmed-30", .min_confirmed = 30},
	{.name = "alpha-silent-5",   .alpha_silent_ppm = 50000},
	/* clang-format on */
};

static struct plan plan_of(const struct plan *base, const struct candidate *c)
{
	struct plan p = *base;
	struct plan_gate *g = &p.gate;

	if (c->pooled > 0) {
		g->weight_cells = c->cells * 1000;
		g->weight_hw = c->hw * 1000;
		g->weight_regions = c->regions * 1000;
		g->weight_pooled = c->pooled * 1000;
	}
	if (c->soft_s > 0)
		g->soft_s = c->soft_s;
	if (c->hard_s > 0)
		g->hard_s = c->hard_s;
	if (c->in_flight > 0)
		g->in_flight = c->in_flight;
	if (c->min_confirmed > 0)
		g->min_confirmed = c->min_confirmed;
	if (c->alpha_silent_ppm > 0)
		g->alpha_silent_ppm = c->alpha_silent_ppm;
	return p;
}

/* The plan's second cell, and the hardware and region that it is of. */
static bool is_sick(const struct plan *p, enum sick where, size_t cell)
{
	size_t R = p->regions.n;

	switch (where) {
	case SICK_NONE: return false;
	case SICK_ALL: return true;
	case SICK_CELL: return cell == 1;
	case SICK_HW: return cell / R == 0;
	case SICK_REGION: return cell % R == 1 % R;
	}
	return false;
}

static void populate(struct fleet *f, const struct plan *p,
                     const struct scenario *s)
{
	size_t n = plan_n_cells(p);

	*f = (struct fleet){
		.cells = xcalloc(n, sizeof(*f->cells)),
		.download_s = s->download_s,
		.boot_s = 300,
	};
	for (size_t i = 0; i < n; i++) {
		bool sick = is_sick(p, s->where, i);

		f->cells[i] = (struct fleet_cell){
			.devices = s->devices / (int64_t)n,
			.poll_s = 3600,
			.fail_ppm = sick ? s->fail_ppm : 10000,
			.brick_ppm = sick ? s->brick_ppm : 0,
			.silent_ppm = s->silent_ppm,
		};
		f->devices += f->cells[i].devices;
	}
}

struct outcome {
	struct estimate_mean failed, held, finish_h;
	int64_t halted;
};

static void add(struct outcome *out, const struct plan *p,
                const struct scenario *s, const struct course *c)
{
	int64_t failed = 0;
	bool halted = false;

	for (size_t i = 0; i < plan_n_cells(p); i++) {
		if (is_sick(p, s->where, i))
			failed += c->cells[i].failed;
		halted |= c->cells[i].halt_ms >= 0;
	}
	estimate_add(&out->failed, (double)failed);
	estimate_add(&out->held, (double)c->held_ms / (double)c->end_ms);
	estimate_add(&out->finish_h, (double)c->end_ms / 3.6e6);
	out->halted += halted;
}

/* A scenario in which few devices take part costs little: the more runs. */
static int64_t runs_of(const struct scenario *s, int64_t runs)
{
	return s->where == SICK_ALL ? 10 * runs : runs;
}

static void ask(struct outcome *out, const struct plan *p,
                const struct scenario *s, int64_t runs, uint64_t seed)
{
	SCOPED(fleet_fini)
	struct fleet f;
	struct rng_seeded seeds, own;

	*out = (struct outcome){.halted = 0};
	populate(&f, p, s);
	rng_seeded_init(&seeds, seed);
	for (int64_t i = 0; i < runs_of(s, runs); i++) {
		SCOPED(course_fini)
		struct course c = {0};
		uint64_t start;

		rng_fill(&seeds.rng, &start, sizeof(start));
		rng_seeded_init(&own, start);
		course_run(&c, p, &f, &own.rng);
		add(out, p, s, &c);
	}
}

static void search(const struct plan *base, const struct candidate *c,
                   int64_t runs, uint64_t seed)
{
	struct plan p = plan_of(base, c);
	struct outcome o;
	double sum = 0;

	printf("%-24s", c->name);
	for (size_t i = 0; i < N_SCENARIOS; i++) {
		ask(&o, &p, &scenarios[i], runs, seed);
		if (scenarios[i].where == SICK_NONE)
			continue;
		sum += o.failed.mean;
		printf(" %9.2f", o.failed.mean);
	}
	/* The last is the healthy one. */
	printf(" %8.2f %7.3f %7.4f %7.1f\n", sum,
	       (double)o.halted / (double)runs, o.held.mean, o.finish_h.mean);
	(void)fflush(stdout);
}

static void print_head(void)
{
	printf("# %-22s", "candidate");
	for (size_t i = 0; i < N_SCENARIOS; i++)
		if (scenarios[i].where != SICK_NONE)
			printf(" %9s", scenarios[i].name);
	printf(" %8s %7s %7s %7s\n", "sum", "halted", "held", "hours");
}

int main(int argc, char **argv)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(plan_fini)
	struct plan p = {0};
	struct err e = {0};
	int64_t runs, seed;

	if (argc < 4 || num_i64(&runs, argv[2], 1, 100000, "RUNS", &e) != 0 ||
	    num_i64(&seed, argv[3], 0, 1000000, "SEED", &e) != 0) {
		fprintf(stderr, "usage: bench-search PLAN RUNS SEED [WORD]\n");
		return 2;
	}
	if (fs_read(&bytes, argv[1], &e) != 0 ||
	    plan_parse(&p, argv[1], buf_str(&bytes), bytes.len, &e) != 0) {
		fprintf(stderr, "bench-search: %s\n", e.msg);
		return 1;
	}
	print_head();
	for (size_t i = 0; i < ARRAY_LEN(candidates); i++)
		if (argc < 5 || strstr(candidates[i].name, argv[4]) != NULL)
			search(&p, &candidates[i], runs, (uint64_t)seed);
	return 0;
}
