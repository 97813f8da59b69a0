/*
 * A plan over a fleet, from its first date to its end, many times.
 */
#include "config.h"

#include "cli/forecast_show.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/rollout/template.h"
#include "lib/sim/forecast.h"
#include "sim/commands.h"
#include "sim/share.h"

#include <inttypes.h>

const struct cli_option cmd_plan_options[] = {
	/* clang-format off */
	{"template", 0, "NAME", 0, NULL,
	 "in place of a file: cautious, fast or hotfix, in all cells of the "
	 "fleet"},
	{"fleet", 0, "FILE", CLI_REQUIRED, NULL,
	 "cells, devices and their habits, as JSON"},
	{"fail", 0, "[HW/REGION=]SHARE", CLI_REPEATS, NULL,
	 "devices that fail and say so, in place of what the fleet says"},
	{"brick", 0, "[HW/REGION=]SHARE", CLI_REPEATS, NULL,
	 "devices that fail and are never heard again"},
	{"silent", 0, "[HW/REGION=]SHARE", CLI_REPEATS, NULL,
	 "devices that fall silent whatever they are sent"},
	{"rule", 0, "RULE", 0, "eprocess",
	 "eprocess, hawkbit, percent or percent-min"},
	{"p0", 0, "SHARE", 0, NULL,
	 "for the rules of peers (default the plan's)"},
	{"min", 0, "N", 0, "100",
	 "percent-min halts when so many have reported"},
	{"runs", 0, "N", 0, "100", "how often it is run"},
	{"seed", 0, "N", 0, "1", "the same seed, the same figures"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* A template's plan begins at no date that matters, and nobody ends it. */
#define TEMPLATE_LIFE_S PLAN_LIFE_MAX_S

struct question {
	struct plan plan;
	struct fleet_file file;
	struct fleet fleet;
	struct peer_terms peer;
	int64_t runs, seed;
};

static void question_fini(struct question *q)
{
	fleet_fini(&q->fleet);
	fleet_file_fini(&q->file);
	plan_fini(&q->plan);
}
DEFINE_SCOPED_PLACE(question_fini, struct question)

static int read_plan(struct question *q, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(PLAN_BYTES_MAX);

	if (fs_read(&bytes, path, e) != 0)
		return -1;
	return plan_parse(&q->plan, path, buf_str(&bytes), bytes.len, e);
}

static int read_file(struct question *q, const char *path, struct err *e)
{
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(FLEET_BYTES_MAX);

	if (fs_read(&bytes, path, e) != 0)
		return -1;
	return fleet_file_parse(&q->file, path, buf_str(&bytes), bytes.len, e);
}

/* One channel, all cells of the file, nothing that runs already. */
static int make_plan(struct question *q, const struct plan_template *t,
                     struct err *e)
{
	struct plan *p = &q->plan;

	*p = (struct plan){.kind = PLAN_INSTALL,
	                   .rev = 1,
	                   .offline_after_s = -1,
	                   .max_ppm = PPM,
	                   .expires_s = TEMPLATE_LIFE_S};
	(void)snprintf(p->id, sizeof(p->id), "%s", t->name);
	(void)snprintf(p->head.product, sizeof(p->head.product), "%s",
	               q->file.product);
	plan_template_apply(p, t, 0);
	for (size_t i = 0; i < q->file.n_kinds; i++) {
		const char *channel = q->file.kinds[i].channel;

		if (*channel == '\0' || words_has(&p->channels, channel))
			continue;
		if (p->channels.n == WORDS_MAX)
			return err_set(e, ERR_INVALID,
			               "%s: more than %d channels",
			               q->file.name, WORDS_MAX);
		word_set(p->channels.w[p->channels.n++], channel);
	}
	return fleet_file_scope(&p->hw, &p->regions, &q->file, e);
}

static int read_terms(struct question *q, const struct cli *c, struct err *e)
{
	int kind = RULE_EPROCESS;

	q->peer.p0_ppm = q->plan.gate.p0_ppm;
	if (cli_enum(&kind, c, "rule", rule_names, e) != 0 ||
	    share_ppm(&q->peer.p0_ppm, c, "p0", 1, COMMANDS_P0_MAX_PPM, e) !=
	            0 ||
	    cli_int(&q->peer.min, c, "min", 1, COMMANDS_COUNT_MAX, e) != 0 ||
	    rule_check((enum rule_kind)kind, q->peer.p0_ppm, e) != 0)
		return -1;
	q->peer.kind = (enum rule_kind)kind;
	if (cli_has(c, "min") && q->peer.kind != RULE_PERCENT_MIN)
		return err_set(e, ERR_USAGE,
		               "--min goes with --rule percent-min, not %s",
		               rule_names[kind]);
	if (cli_has(c, "p0") && q->peer.kind == RULE_EPROCESS)
		return err_set(e, ERR_USAGE,
		               "--p0 goes with the rules of peers; a plan has "
		               "its own");
	return 0;
}

struct assuming {
	struct question *q;
	enum fleet_assumption what;
};

static int assume(void *ctx, const char *option, const struct cell *pattern,
                  int32_t ppm, struct err *e)
{
	const struct assuming *a = ctx;
	struct question *q = a->q;

	if (fleet_assume(&q->fleet, &q->plan, a->what, pattern, ppm) > 0)
		return 0;
	return err_set(e, ERR_USAGE,
	               "--%s: the fleet has no device in %s/%s of the plan",
	               option, pattern->hw, pattern->region);
}

static int read_assumptions(struct question *q, const struct cli *c,
                            struct err *e)
{
	struct assuming fail = {q, FLEET_FAIL}, brick = {q, FLEET_BRICK},
			silent = {q, FLEET_SILENT};

	if (share_cells(c, "fail", assume, &fail, e) != 0 ||
	    share_cells(c, "brick", assume, &brick, e) != 0 ||
	    share_cells(c, "silent", assume, &silent, e) != 0)
		return -1;
	return fleet_check(&q->fleet, &q->plan, e);
}

static int read_question(struct question *q, const struct cli *c, struct err *e)
{
	int template = 0;

	if (cli_has(c, "template") == (cli_n_args(c) == 1))
		return err_set(e, ERR_USAGE,
		               "plan needs either a FILE or --template NAME");
	if (cli_int(&q->runs, c, "runs", 2, COMMANDS_COUNT_MAX, e) != 0 ||
	    cli_int(&q->seed, c, "seed", 0, NUM_JSON_MAX, e) != 0 ||
	    cli_enum(&template, c, "template", plan_template_names, e) != 0)
		return -1;
	if (cli_n_args(c) == 1 && read_plan(q, cli_arg(c, 0), e) != 0)
		return -1;
	if (read_file(q, cli_get(c, "fleet"), e) != 0)
		return -1;
	if (cli_n_args(c) == 0 &&
	    make_plan(q, &plan_templates[template], e) != 0)
		return -1;
	if (fleet_count(&q->fleet, &q->file, &q->plan, e) != 0 ||
	    read_assumptions(q, c, e) != 0)
		return -1;
	return read_terms(q, c, e);
}

static int print_json(struct cli *c, const struct forecast_show *show,
                      struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(FORECAST_SHOW_JSON_MAX);
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	forecast_show_put(&w, show);
	jw_end_object(&w);
	return cli_print_json(c, &out, e);
}

int cmd_plan(struct cli *c, struct err *e)
{
	SCOPED(question_fini)
	struct question q = {.runs = 0};
	SCOPED(forecast_fini)
	struct forecast f = {0};
	struct forecast_show show = {&q.plan, &q.fleet, &f, NULL, 0};

	if (read_question(&q, c, e) != 0)
		return -1;
	show.seed = q.seed;
	if (q.peer.kind != RULE_EPROCESS)
		show.peer = &q.peer;
	forecast_run(&f, &q.plan, &q.fleet, show.peer, q.runs,
	             (uint64_t)q.seed);
	if (cli_wants_json(c))
		return print_json(c, &show, e);
	forecast_show_head(c, &show);
	forecast_show_figures(c, &show);
	forecast_show_stages(c, &show);
	forecast_show_gates(c, &q.plan, &q.fleet);
	forecast_show_cells(c, &show);
	forecast_show_empty(c, &q.plan, &q.fleet);
	return 0;
}
