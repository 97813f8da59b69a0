/*
 * A plan over a fleet, from its first date to its end, many times.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/num.h"
#include "lib/sim/forecast.h"
#include "sim/commands.h"

#include <inttypes.h>

const struct cli_option cmd_plan_options[] = {
	/* clang-format off */
	{"fleet", 0, "FILE", CLI_REQUIRED, NULL,
	 "cells, devices and what happens to them, as JSON"},
	{"runs", 0, "N", 0, "100", "how often it is run"},
	{"seed", 0, "N", 0, "1", "the same seed, the same figures"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

struct question {
	struct plan plan;
	struct fleet fleet;
	int64_t runs, seed;
};

static void question_fini(struct question *q)
{
	fleet_fini(&q->fleet);
	plan_fini(&q->plan);
}
DEFINE_SCOPED_PLACE(question_fini, struct question)

static int read_question(struct question *q, const struct cli *c, struct err *e)
{
	const char *plan = cli_arg(c, 0), *fleet = cli_get(c, "fleet");
	SCOPED(buf_fini)
	struct buf plan_bytes = BUF_INIT(PLAN_BYTES_MAX);
	SCOPED(buf_fini)
	struct buf fleet_bytes = BUF_INIT(FLEET_BYTES_MAX);

	if (cli_int(&q->runs, c, "runs", 2, COMMANDS_COUNT_MAX, e) != 0 ||
	    cli_int(&q->seed, c, "seed", 0, NUM_JSON_MAX, e) != 0 ||
	    fs_read(&plan_bytes, plan, e) != 0 ||
	    plan_parse(&q->plan, plan, buf_str(&plan_bytes), plan_bytes.len,
	               e) != 0)
		return -1;
	if (fs_read(&fleet_bytes, fleet, e) != 0)
		return -1;
	return fleet_parse(&q->fleet, &q->plan, fleet, buf_str(&fleet_bytes),
	                   fleet_bytes.len, e);
}

static void print_share(struct cli *c, const char *name, int64_t hits,
                        int64_t runs)
{
	struct interval in = estimate_share(hits, runs);

	cli_print(c, "%-14s %9.4f  %.4f to %.4f\n", name,
	          (double)hits / (double)runs, in.low, in.high);
}

static void print_mean(struct cli *c, const char *name,
                       const struct estimate_mean *m)
{
	struct interval in;

	if (m->n < 2) {
		cli_print(c, "%-14s %9s\n", name, "-");
		return;
	}
	in = estimate_range(m);
	cli_print(c, "%-14s %9.2f  %.2f to %.2f\n", name, m->mean, in.low,
	          in.high);
}

static void print_stages(struct cli *c, const struct question *q,
                         const struct forecast *f)
{
	cli_print(c, "\nstage    share  reached  after hours\n");
	for (size_t s = 0; s < q->plan.n_stages; s++) {
		const struct estimate_mean *m = &f->stage_h[s];

		cli_print(c, "%5zu  %6.2f%%  %7" PRId64 "  ", s,
		          q->plan.stages[s].ppm / 1e4, m->n);
		if (m->n > 0)
			cli_print(c, "%11.1f\n", m->mean);
		else
			cli_print(c, "%11s\n", "-");
	}
}

static void print_cells(struct cli *c, const struct question *q,
                        const struct forecast *f)
{
	cli_print(c, "\nhalted    failed   exposed  hours  devices  cell\n");
	for (size_t i = 0; i < f->n_cells; i++) {
		const struct forecast_cell *at = &f->cells[i];
		struct cell cell = plan_cell_at(&q->plan, (int)i);

		if (q->fleet.cells[i].devices == 0)
			continue;
		cli_print(c, "%6.4f %9.2f %9.1f ",
		          (double)at->halts / (double)f->runs, at->failed.mean,
		          at->exposed.mean);
		if (at->halts > 0)
			cli_print(c, "%6.1f", at->halt_h.mean);
		else
			cli_print(c, "%6s", "-");
		cli_print(c, " %8" PRId64 "  %s/%s\n",
		          q->fleet.cells[i].devices, cell.hw, cell.region);
	}
}

static void print_words(struct cli *c, const struct question *q,
                        const struct forecast *f)
{
	cli_print(c,
	          "%s.%" PRId64 ": %" PRId64 " devices; %" PRId64
	          " runs, seed %" PRId64 "\n\n",
	          q->plan.id, q->plan.rev, q->fleet.devices, f->runs, q->seed);
	cli_print(c, "                  figure  95 %% interval\n");
	print_share(c, "p_halt", f->halted, f->runs);
	print_share(c, "p_false_halt", f->misjudged, f->runs);
	print_share(c, "p_complete", f->completed, f->runs);
	print_mean(c, "mean_failed", &f->failed);
	print_mean(c, "mean_exposed", &f->exposed);
	print_mean(c, "finish_hours", &f->finish_h);
	print_stages(c, q, f);
	print_cells(c, q, f);
}

static void put_share(struct jw *w, const char *key, int64_t hits, int64_t runs)
{
	commands_put_figure(w, key, (double)hits / (double)runs,
	                    estimate_share(hits, runs), 6);
}

/* null where it never came about, and no interval for a single time. */
static void put_hours(struct jw *w, const char *key,
                      const struct estimate_mean *m)
{
	if (m->n == 0)
		jw_put_null(w, key);
	else if (m->n == 1)
		commands_put_real(w, key, m->mean, 4);
	else
		commands_put_figure(w, key, m->mean, estimate_range(m), 4);
}

static void put_mean(struct jw *w, const char *key,
                     const struct estimate_mean *m)
{
	commands_put_figure(w, key, m->mean, estimate_range(m), 4);
}

static void put_stages(struct jw *w, const struct question *q,
                       const struct forecast *f)
{
	jw_key(w, "stages");
	jw_array(w);
	for (size_t s = 0; s < q->plan.n_stages; s++) {
		jw_object(w);
		jw_put_int(w, "stage", (int64_t)s);
		jw_put_int(w, "ppm", q->plan.stages[s].ppm);
		put_share(w, "p_reached", f->stage_h[s].n, f->runs);
		put_hours(w, "after_hours", &f->stage_h[s]);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void put_cells(struct jw *w, const struct question *q,
                      const struct forecast *f)
{
	jw_key(w, "cells");
	jw_array(w);
	for (size_t i = 0; i < f->n_cells; i++) {
		const struct forecast_cell *at = &f->cells[i];
		struct cell cell = plan_cell_at(&q->plan, (int)i);

		if (q->fleet.cells[i].devices == 0)
			continue;
		jw_object(w);
		jw_put_str(w, "hw", cell.hw);
		jw_put_str(w, "region", cell.region);
		jw_put_int(w, "devices", q->fleet.cells[i].devices);
		put_share(w, "p_halt", at->halts, f->runs);
		put_mean(w, "mean_failed", &at->failed);
		put_mean(w, "mean_exposed", &at->exposed);
		put_hours(w, "halt_hours", &at->halt_h);
		jw_end_object(w);
	}
	jw_end_array(w);
}

/* A cell takes below 500 bytes, a stage below 200. */
#define JSON_MAX ((size_t)PLAN_CELLS_MAX * 500 + PLAN_STAGES_MAX * 200 + 2048)

static int print_json(struct cli *c, const struct question *q,
                      const struct forecast *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(JSON_MAX);
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	put_share(&w, "p_halt", f->halted, f->runs);
	put_share(&w, "p_false_halt", f->misjudged, f->runs);
	put_share(&w, "p_complete", f->completed, f->runs);
	put_mean(&w, "mean_failed", &f->failed);
	put_mean(&w, "mean_exposed", &f->exposed);
	put_hours(&w, "finish_hours", &f->finish_h);
	put_stages(&w, q, f);
	put_cells(&w, q, f);
	jw_put_str(&w, "plan", q->plan.id);
	jw_put_int(&w, "rev", q->plan.rev);
	jw_put_int(&w, "devices", q->fleet.devices);
	jw_put_int(&w, "runs", f->runs);
	jw_put_int(&w, "seed", q->seed);
	jw_end_object(&w);
	return cli_print_json(c, &out, e);
}

int cmd_plan(struct cli *c, struct err *e)
{
	SCOPED(question_fini)
	struct question q = {.runs = 0};
	SCOPED(forecast_fini)
	struct forecast f = {0};

	if (read_question(&q, c, e) != 0)
		return -1;
	forecast_run(&f, &q.plan, &q.fleet, q.runs, (uint64_t)q.seed);
	if (cli_wants_json(c))
		return print_json(c, &q, &f, e);
	print_words(c, &q, &f);
	return 0;
}
