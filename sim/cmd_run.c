/*
 * One stage, many times: reports in sequence, without delay.
 */
#include "config.h"

#include "cli/forecast_show.h"
#include "lib/base/num.h"
#include "lib/rollout/plan.h"
#include "lib/sim/stage.h"
#include "sim/commands.h"
#include "sim/share.h"

#include <inttypes.h>

const struct cli_option cmd_run_options[] = {
	/* clang-format off */
	{"p", 0, "SHARE", CLI_REQUIRED, NULL,
	 "failing devices in truth: 0.10, or 10%"},
	{"p0", 0, "SHARE", CLI_REQUIRED, NULL,
	 "failing devices that are tolerated"},
	{"alpha", 0, "SHARE", CLI_REQUIRED, NULL,
	 "risk of a false halt; other rules than eprocess know none"},
	{"weight", 0, "SHARE", 0, "1", "the scope's share of alpha"},
	{"stage", 0, "N", 0, "1000", "devices of the stage"},
	{"runs", 0, "N", 0, "2000", "how often it is run"},
	{"seed", 0, "N", 0, "1", "the same seed, the same figures"},
	{"rule", 0, "RULE", 0, "eprocess",
	 "eprocess, hawkbit, percent or percent-min"},
	{"min", 0, "N", 0, "100",
	 "percent-min halts when so many have reported"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

struct question {
	struct rule_terms terms;
	int32_t p_ppm;
	int64_t runs, seed;
};

static int read_shares(struct question *q, const struct cli *c, struct err *e)
{
	struct rule_terms *t = &q->terms;

	if (share_ppm(&q->p_ppm, c, "p", 0, PPM, e) != 0 ||
	    share_ppm(&t->p0_ppm, c, "p0", 1, COMMANDS_P0_MAX_PPM, e) != 0 ||
	    share_ppm(&t->alpha_ppm, c, "alpha", 1, COMMANDS_ALPHA_MAX_PPM,
	              e) != 0)
		return -1;
	return share_weight(&t->weight, c, "weight", e);
}

static int read_counts(struct question *q, const struct cli *c, struct err *e)
{
	struct rule_terms *t = &q->terms;

	if (cli_int(&t->stage, c, "stage", 1, COMMANDS_COUNT_MAX, e) != 0 ||
	    cli_int(&q->runs, c, "runs", 2, COMMANDS_COUNT_MAX, e) != 0 ||
	    cli_int(&q->seed, c, "seed", 0, NUM_JSON_MAX, e) != 0)
		return -1;
	return cli_int(&t->min, c, "min", 1, COMMANDS_COUNT_MAX, e);
}

static int read_question(struct question *q, const struct cli *c, struct err *e)
{
	int kind = RULE_EPROCESS;

	if (read_shares(q, c, e) != 0 || read_counts(q, c, e) != 0 ||
	    cli_enum(&kind, c, "rule", rule_names, e) != 0)
		return -1;
	q->terms.kind = (enum rule_kind)kind;
	if (cli_has(c, "min") && q->terms.kind != RULE_PERCENT_MIN)
		return err_set(e, ERR_USAGE,
		               "--min goes with --rule percent-min, not %s",
		               rule_names[kind]);
	return 0;
}

static double share_of(const struct stage_figures *f)
{
	return (double)f->halts / (double)f->runs;
}

static void print_words(struct cli *c, const struct question *q,
                        const struct stage_figures *f)
{
	const struct rule_terms *t = &q->terms;
	struct interval halts = estimate_share(f->halts, f->runs);
	struct interval failed = estimate_range(&f->failed);
	struct interval exposed = estimate_range(&f->exposed);

	cli_print(c, "%s, p0 %g%%", rule_names[t->kind], t->p0_ppm / 1e4);
	if (t->kind == RULE_EPROCESS)
		cli_print(c, ", alpha %g%%, weight %.6g", t->alpha_ppm / 1e4,
		          t->weight);
	if (t->kind == RULE_PERCENT_MIN)
		cli_print(c, ", from %" PRId64 " reports on", t->min);
	cli_print(c,
	          "; %g%% fail; %" PRId64 " runs of a stage of %" PRId64
	          ", seed %" PRId64 "\n\n",
	          q->p_ppm / 1e4, f->runs, t->stage, q->seed);
	cli_print(c, "               figure  95 %% interval\n");
	cli_print(c, "p_halt       %8.4f  %.4f to %.4f\n", share_of(f),
	          halts.low, halts.high);
	cli_print(c, "mean_failed  %8.2f  %.2f to %.2f\n", f->failed.mean,
	          failed.low, failed.high);
	cli_print(c, "mean_exposed %8.1f  %.1f to %.1f\n", f->exposed.mean,
	          exposed.low, exposed.high);
}

static void put_question(struct jw *w, const struct question *q)
{
	const struct rule_terms *t = &q->terms;

	jw_put_str(w, "rule", rule_names[t->kind]);
	forecast_show_real(w, "p", q->p_ppm / 1e6, 6);
	forecast_show_real(w, "p0", t->p0_ppm / 1e6, 6);
	if (t->kind == RULE_EPROCESS) {
		forecast_show_real(w, "alpha", t->alpha_ppm / 1e6, 6);
		forecast_show_real(w, "weight", t->weight, 9);
	}
	if (t->kind == RULE_PERCENT_MIN)
		jw_put_int(w, "min", t->min);
	jw_put_int(w, "stage", t->stage);
	jw_put_int(w, "runs", q->runs);
	jw_put_int(w, "seed", q->seed);
}

static int print_json(struct cli *c, const struct question *q,
                      const struct stage_figures *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(2048);
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	forecast_show_figure(&w, "p_halt", share_of(f),
	                     estimate_share(f->halts, f->runs), 6);
	forecast_show_figure(&w, "mean_failed", f->failed.mean,
	                     estimate_range(&f->failed), 4);
	forecast_show_figure(&w, "mean_exposed", f->exposed.mean,
	                     estimate_range(&f->exposed), 4);
	put_question(&w, q);
	jw_end_object(&w);
	return cli_print_json(c, &out, e);
}

int cmd_run(struct cli *c, struct err *e)
{
	struct question q = {.runs = 0};
	struct stage_figures f;
	SCOPED(rule_free)
	struct rule *rule = NULL;

	if (read_question(&q, c, e) != 0)
		return -1;
	rule = rule_new(&q.terms, e);
	if (rule == NULL)
		return -1;
	stage_simulate(&f, &q.terms, rule, q.p_ppm, q.runs, (uint64_t)q.seed);
	if (cli_wants_json(c))
		return print_json(c, &q, &f, e);
	print_words(c, &q, &f);
	return 0;
}
