#include "config.h"

#include "cli/forecast_show.h"

#include "lib/base/rfc3339.h"
#include "repo-tools/ctl/forecast.h"

#include <inttypes.h>

static void show_head(const struct cli *c, const struct ctl_forecast *f)
{
	cli_print(c, "%s: %" PRId64 " devices\n", f->path, f->fleet.devices);
	if (f->fleet.outside > 0)
		cli_print(c,
		          "outside of the plan, or with its release: %" PRId64
		          "\n",
		          f->fleet.outside);
	if (f->fleet.away > 0)
		cli_print(c, "not seen within 7 days: %" PRId64 "\n",
		          f->fleet.away);
	if (f->attempt_of > 0)
		cli_print(c,
		          "attempts take %" PRId64 " s, as in rollout %" PRId64
		          "\n",
		          f->attempt_s, f->attempt_of);
	for (size_t i = 0; i < f->overlaps.len; i++) {
		const struct ctl_overlap *o = &f->overlaps.items[i];

		cli_print(c,
		          "%s %" PRId64 " devices %s rollout %" PRId64 ", %s\n",
		          o->above ? "leaves" : "takes", o->devices,
		          o->above ? "to" : "of", o->rollout,
		          o->above ? "a recall, which stands above it"
		                   : "which has not ended");
	}
}

/* The moment so many hours after the plan's first date. */
static void moment(char out[RFC3339_SIZE], const struct ctl_forecast *f,
                   const struct estimate_mean *hours)
{
	int64_t after_s = (int64_t)(hours->mean * 3600 + 0.5);

	if (hours->n == 0)
		(void)snprintf(out, RFC3339_SIZE, "-");
	else
		rfc3339_format(out, f->plan.stages[0].not_before_s + after_s);
}

/* Of a build that harms nobody. */
static void show_stages(const struct cli *c, const struct ctl_forecast *f)
{
	char at[RFC3339_SIZE];

	cli_print(c, "\nstage    share   devices  from, if nothing fails\n");
	for (size_t s = 0; s < f->plan.n_stages; s++) {
		moment(at, f, &f->of[0].stages[s].after_h);
		cli_print(c, "%5zu  %6.2f%% %9.1f  %s\n", s + 1,
		          f->plan.stages[s].ppm / 1e4,
		          forecast_reach(&f->plan, &f->fleet, s), at);
	}
	moment(at, f, &f->of[0].finish_h);
	if (f->of[0].completed > 0)
		cli_print(c, "ends %s\n", at);
	else
		cli_print(c, "does not end before it expires, or without "
		             "somebody's hand\n");
}

static void show_rates(const struct cli *c, const struct ctl_forecast *f)
{
	cli_print(c,
	          "\nfailing  halted  95 %% interval        failed   exposed "
	          "  hours     runs\n");
	for (size_t i = 0; i < f->n_rates; i++) {
		const struct forecast *o = &f->of[i];
		struct interval in = estimate_share(o->halted, o->runs);

		cli_print(c, "%6.4g%%  %6.4f  %.4f to %.4f  %9.2f %9.1f ",
		          f->rates[i] / 1e4,
		          (double)o->halted / (double)o->runs, in.low, in.high,
		          o->failed.mean, o->exposed.mean);
		if (o->halt_h.n > 0)
			cli_print(c, "%7.1f", o->halt_h.mean);
		else
			cli_print(c, "%7s", "-");
		cli_print(c, "  %7" PRId64 "\n", o->runs);
	}
	cli_print(c,
	          "a build that fails %g%% at most is halted with a risk of at "
	          "most %g%%;\nhours are those to the first halt\n",
	          f->plan.gate.p0_ppm / 1e4,
	          (f->plan.gate.alpha_ppm + f->plan.gate.alpha_silent_ppm) /
	                  1e4);
}

void ctl_forecast_show(const struct cli *c, const struct ctl_forecast *f)
{
	show_head(c, f);
	show_stages(c, f);
	forecast_show_gates(c, &f->plan, &f->fleet);
	show_rates(c, f);
	forecast_show_empty(c, &f->plan, &f->fleet);
}

static void put_overlaps(struct jw *w, const struct ctl_forecast *f,
                         const char *key, bool above)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < f->overlaps.len; i++) {
		if (f->overlaps.items[i].above != above)
			continue;
		jw_object(w);
		jw_put_int(w, "rollout", f->overlaps.items[i].rollout);
		jw_put_int(w, "devices", f->overlaps.items[i].devices);
		jw_end_object(w);
	}
	jw_end_array(w);
}

int ctl_forecast_json(const struct cli *c, const struct ctl_forecast *f,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(CTL_FORECAST_RATES * FORECAST_SHOW_JSON_MAX);
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	jw_put_str(&w, "path", f->path);
	jw_put_str(&w, "sha256", f->sha256);
	jw_put_time(&w, "from", f->plan.stages[0].not_before_s);
	put_overlaps(&w, f, "takes", false);
	put_overlaps(&w, f, "loses", true);
	jw_put_int(&w, "false_halt_max_ppm",
	           f->plan.gate.alpha_ppm + f->plan.gate.alpha_silent_ppm);
	jw_key(&w, "assumed");
	jw_array(&w);
	for (size_t i = 0; i < f->n_rates; i++) {
		struct forecast_show show = {&f->plan, &f->fleet, &f->of[i],
		                             NULL, f->seed};

		jw_object(&w);
		jw_put_int(&w, "fail_ppm", f->rates[i]);
		forecast_show_put(&w, &show);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_print_json(c, &out, e);
}
