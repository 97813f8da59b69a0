#include "config.h"

#include "cli/forecast_show.h"

#include "lib/rollout/gate.h"

#include <inttypes.h>
#include <string.h>

/* Columns of 8 that leave a name its place on a screen. */
#define EMPTY_COLUMNS 6
/* Below, it would be printed as nothing. */
#define SHOWN_MIN 0.00005

void forecast_show_head(const struct cli *c, const struct forecast_show *f)
{
	cli_print(c,
	          "%s.%" PRId64 ": %" PRId64 " devices; %" PRId64
	          " runs, seed %" PRId64 "\n",
	          f->plan->id, f->plan->rev, f->fleet->devices,
	          f->forecast->runs, f->seed);
	if (f->fleet->outside > 0)
		cli_print(c,
		          "outside of the plan, or with its release: %" PRId64
		          "\n",
		          f->fleet->outside);
	if (f->fleet->away > 0)
		cli_print(c, "not seen within 7 days: %" PRId64 "\n",
		          f->fleet->away);
	if (f->peer == NULL)
		return;
	cli_print(c, "rule %s, more than %g%%", rule_names[f->peer->kind],
	          f->peer->p0_ppm / 1e4);
	if (f->peer->kind == RULE_PERCENT_MIN)
		cli_print(c, ", from %" PRId64 " reports on", f->peer->min);
	cli_print(c, "\n");
}

static void print_share(const struct cli *c, const char *name, int64_t hits,
                        int64_t runs)
{
	struct interval in = estimate_share(hits, runs);

	cli_print(c, "%-14s %9.4f  %.4f to %.4f\n", name,
	          (double)hits / (double)runs, in.low, in.high);
}

static void print_mean(const struct cli *c, const char *name,
                       const struct estimate_mean *m)
{
	struct interval in;

	if (m->n == 0) {
		cli_print(c, "%-14s %9s\n", name, "-");
		return;
	}
	if (m->n == 1) {
		cli_print(c, "%-14s %9.2f\n", name, m->mean);
		return;
	}
	in = estimate_range(m);
	cli_print(c, "%-14s %9.2f  %.2f to %.2f\n", name, m->mean, in.low,
	          in.high);
}

void forecast_show_figures(const struct cli *c, const struct forecast_show *f)
{
	const struct forecast *o = f->forecast;

	cli_print(c, "\n                  figure  95 %% interval\n");
	print_share(c, "p_halt", o->halted, o->runs);
	print_share(c, "p_false_halt", o->misjudged, o->runs);
	print_share(c, "p_complete", o->completed, o->runs);
	print_mean(c, "mean_failed", &o->failed);
	print_mean(c, "mean_exposed", &o->exposed);
	print_mean(c, "halt_hours", &o->halt_h);
	print_mean(c, "finish_hours", &o->finish_h);
}

static void print_hours(const struct cli *c, const struct estimate_mean *m)
{
	if (m->n > 0)
		cli_print(c, " %7.1f", m->mean);
	else
		cli_print(c, " %7s", "-");
}

void forecast_show_stages(const struct cli *c, const struct forecast_show *f)
{
	cli_print(c, "\nstage    share   devices  reached   hours    failed "
	             "  exposed\n");
	for (size_t s = 0; s < f->plan->n_stages; s++) {
		const struct forecast_stage *at = &f->forecast->stages[s];

		cli_print(c, "%5zu  %6.2f%% %9.1f  %7" PRId64, s + 1,
		          f->plan->stages[s].ppm / 1e4,
		          forecast_reach(f->plan, f->fleet, s), at->after_h.n);
		print_hours(c, &at->after_h);
		cli_print(c, " %9.2f %9.1f\n", at->failed.mean,
		          at->exposed.mean);
	}
}

/* "judged with up to 3 failed"; the last stage is watched. */
static void put_gate(char *out, size_t size, const struct plan *p,
                     const struct fleet *f, size_t s)
{
	int64_t needed, failed;

	failed = gate_can_meet(p, (int64_t)forecast_reach(p, f, s), &needed);
	if (s + 1 == p->n_stages)
		(void)snprintf(out, size, "the end of its watch");
	else if (failed < 0)
		(void)snprintf(out, size,
		               "its soak; %" PRId64 " devices would be judged",
		               needed);
	else
		(void)snprintf(out, size,
		               "%" PRId64 " judged devices, up to %" PRId64
		               " failed",
		               needed, failed);
}

void forecast_show_gates(const struct cli *c, const struct plan *p,
                         const struct fleet *f)
{
	char text[80];

	cli_print(c, "\nstage   devices  goes on by\n");
	for (size_t s = 0; s < p->n_stages; s++) {
		put_gate(text, sizeof(text), p, f, s);
		cli_print(c, "%5zu %9.1f  %s%s\n", s + 1,
		          forecast_reach(p, f, s), text,
		          p->gate.promote_by_hand && s + 1 < p->n_stages
		                  ? ", and a hand"
		                  : "");
	}
}

void forecast_show_cells(const struct cli *c, const struct forecast_show *f)
{
	cli_print(c, "\ndevices  halted   hours    failed   exposed  cell\n");
	for (size_t i = 0; i < f->forecast->n_cells; i++) {
		const struct forecast_cell *at = &f->forecast->cells[i];
		struct cell cell = plan_cell_at(f->plan, (int)i);

		if (f->fleet->cells[i].devices == 0)
			continue;
		cli_print(c, "%7" PRId64 "  %6.4f", f->fleet->cells[i].devices,
		          (double)at->halts / (double)f->forecast->runs);
		print_hours(c, &at->halt_h);
		cli_print(c, " %9.2f %9.1f  %s/%s\n", at->failed.mean,
		          at->exposed.mean, cell.hw, cell.region);
	}
}

/* Shares rise from stage to stage, so the first says whether it shows. */
static bool may_be_empty(const struct plan *p, const struct fleet *f, size_t i)
{
	return f->cells[i].devices > 0 &&
	       forecast_p_empty(p, f, 0, i) >= SHOWN_MIN;
}

void forecast_show_empty(const struct cli *c, const struct plan *p,
                         const struct fleet *f)
{
	size_t n = p->n_stages < EMPTY_COLUMNS ? p->n_stages : EMPTY_COLUMNS;
	bool any = false;

	for (size_t i = 0; i < plan_n_cells(p); i++)
		any |= may_be_empty(p, f, i);
	if (!any) {
		cli_print(c, "\nevery stage has devices of every cell\n");
		return;
	}
	cli_print(c, "\nchance that a stage has no device of a cell; none in "
	             "the others\n");
	for (size_t s = 0; s < n; s++)
		cli_print(c, " stage %zu", s + 1);
	cli_print(c, "  cell\n");
	for (size_t i = 0; i < plan_n_cells(p); i++) {
		struct cell cell = plan_cell_at(p, (int)i);

		if (!may_be_empty(p, f, i))
			continue;
		for (size_t s = 0; s < n; s++)
			cli_print(c, "  %6.4f", forecast_p_empty(p, f, s, i));
		cli_print(c, "  %s/%s\n", cell.hw, cell.region);
	}
}

/* ---- JSON ---- */

static void real(char out[48], double value, int decimals)
{
	(void)snprintf(out, 48, "%.*f", decimals, value);
}

void forecast_show_real(struct jw *w, const char *key, double value,
                        int decimals)
{
	char text[48];

	real(text, value, decimals);
	jw_key(w, key);
	jw_raw(w, text, strlen(text));
}

void forecast_show_figure(struct jw *w, const char *key, double value,
                          struct interval in, int decimals)
{
	char name[40], low[48], high[48];

	forecast_show_real(w, key, value, decimals);
	(void)snprintf(name, sizeof(name), "%s_95", key);
	real(low, in.low, decimals);
	real(high, in.high, decimals);
	jw_key(w, name);
	jw_array(w);
	jw_raw(w, low, strlen(low));
	jw_raw(w, high, strlen(high));
	jw_end_array(w);
}

static void put_share(struct jw *w, const char *key, int64_t hits, int64_t runs)
{
	forecast_show_figure(w, key, (double)hits / (double)runs,
	                     estimate_share(hits, runs), 6);
}

/* null where it never came about, and no interval for a single time. */
static void put_hours(struct jw *w, const char *key,
                      const struct estimate_mean *m)
{
	if (m->n == 0)
		jw_put_null(w, key);
	else if (m->n == 1)
		forecast_show_real(w, key, m->mean, 4);
	else
		forecast_show_figure(w, key, m->mean, estimate_range(m), 4);
}

static void put_mean(struct jw *w, const char *key,
                     const struct estimate_mean *m)
{
	forecast_show_figure(w, key, m->mean, estimate_range(m), 4);
}

/* null: it goes on by its soak. */
static void put_stage_gate(struct jw *w, const struct forecast_show *f,
                           size_t s)
{
	double reach = forecast_reach(f->plan, f->fleet, s);
	int64_t needed;
	int64_t failed = gate_can_meet(f->plan, (int64_t)reach, &needed);

	forecast_show_real(w, "devices", reach, 1);
	jw_put_int(w, "judged_from", needed);
	if (failed >= 0)
		jw_put_int(w, "judged_failed_max", failed);
	else
		jw_put_null(w, "judged_failed_max");
}

static void put_stages(struct jw *w, const struct forecast_show *f)
{
	jw_key(w, "stages");
	jw_array(w);
	for (size_t s = 0; s < f->plan->n_stages; s++) {
		const struct forecast_stage *at = &f->forecast->stages[s];

		jw_object(w);
		jw_put_int(w, "stage", (int64_t)s);
		jw_put_int(w, "ppm", f->plan->stages[s].ppm);
		put_stage_gate(w, f, s);
		put_share(w, "p_reached", at->after_h.n, f->forecast->runs);
		put_hours(w, "after_hours", &at->after_h);
		put_mean(w, "mean_failed", &at->failed);
		put_mean(w, "mean_exposed", &at->exposed);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void put_empty(struct jw *w, const struct forecast_show *f, size_t cell)
{
	char text[48];

	jw_key(w, "p_empty");
	jw_array(w);
	for (size_t s = 0; s < f->plan->n_stages; s++) {
		real(text, forecast_p_empty(f->plan, f->fleet, s, cell), 6);
		jw_raw(w, text, strlen(text));
	}
	jw_end_array(w);
}

static void put_cells(struct jw *w, const struct forecast_show *f)
{
	jw_key(w, "cells");
	jw_array(w);
	for (size_t i = 0; i < f->forecast->n_cells; i++) {
		const struct forecast_cell *at = &f->forecast->cells[i];
		struct cell cell = plan_cell_at(f->plan, (int)i);

		if (f->fleet->cells[i].devices == 0)
			continue;
		jw_object(w);
		jw_put_str(w, "hw", cell.hw);
		jw_put_str(w, "region", cell.region);
		jw_put_int(w, "devices", f->fleet->cells[i].devices);
		put_empty(w, f, i);
		put_share(w, "p_halt", at->halts, f->forecast->runs);
		put_mean(w, "mean_failed", &at->failed);
		put_mean(w, "mean_exposed", &at->exposed);
		put_hours(w, "halt_hours", &at->halt_h);
		jw_end_object(w);
	}
	jw_end_array(w);
}

void forecast_show_put(struct jw *w, const struct forecast_show *f)
{
	const struct forecast *o = f->forecast;

	put_share(w, "p_halt", o->halted, o->runs);
	put_share(w, "p_false_halt", o->misjudged, o->runs);
	put_share(w, "p_complete", o->completed, o->runs);
	put_mean(w, "mean_failed", &o->failed);
	put_mean(w, "mean_exposed", &o->exposed);
	put_hours(w, "halt_hours", &o->halt_h);
	put_hours(w, "finish_hours", &o->finish_h);
	put_stages(w, f);
	put_cells(w, f);
	jw_put_str(w, "rule",
	           rule_names[f->peer != NULL ? f->peer->kind : RULE_EPROCESS]);
	jw_put_str(w, "plan", f->plan->id);
	jw_put_int(w, "rev", f->plan->rev);
	jw_put_int(w, "devices", f->fleet->devices);
	jw_put_int(w, "outside", f->fleet->outside);
	jw_put_int(w, "away", f->fleet->away);
	jw_put_int(w, "runs", o->runs);
	jw_put_int(w, "seed", f->seed);
}
