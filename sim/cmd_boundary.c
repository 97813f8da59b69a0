/*
 * The rule as a table: halt at s failures of n.
 */
#include "config.h"

#include "cli/forecast_show.h"
#include "lib/rollout/stats.h"
#include "sim/commands.h"
#include "sim/share.h"

#include <inttypes.h>

const struct cli_option cmd_boundary_options[] = {
	/* clang-format off */
	{"p0", 0, "SHARE", CLI_REQUIRED, NULL,
	 "failing devices that are tolerated: 0.02, or 2%"},
	{"alpha", 0, "SHARE", CLI_REQUIRED, NULL, "risk of a false halt"},
	{"weight", 0, "SHARE", 0, "1",
	 "the scope's share of alpha: 0.25, or 1/36"},
	{"max", 0, "N", 0, "1000", "up to so many devices"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

/* A row of at most 60 bytes for each s up to n, were every s one. */
#define JSON_MAX ((size_t)96 << 20)

struct boundary {
	int32_t p0_ppm, alpha_ppm;
	double weight;
	int64_t max;
	struct stats_table table;
};

static void boundary_fini(struct boundary *b)
{
	stats_table_fini(&b->table);
}
DEFINE_SCOPED_PLACE(boundary_fini, struct boundary)

/* s failures halt among *from to *to devices; false: among none. The last
 * row goes beyond --max, up to where the next failure is needed. */
static bool row(const struct stats_table *t, int64_t s, int64_t *from,
                int64_t *to)
{
	*to = t->n_max[s];
	*from = t->n_max[s - 1] + 1;
	if (*from < s)
		*from = s;
	return *to >= *from;
}

static void print_rows(struct cli *c, const struct boundary *b)
{
	int64_t from, to;

	cli_print(c,
	          "p0 %g%%, alpha %g%%, weight %.6g: halt when log e is at "
	          "least %.4f\n\n",
	          b->p0_ppm / 1e4, b->alpha_ppm / 1e4, b->weight,
	          b->table.log_bound);
	for (int64_t s = 2; s <= b->table.s_max; s++)
		if (row(&b->table, s, &from, &to))
			cli_print(c,
			          "halt at %" PRId64 " failures of %" PRId64
			          " to %" PRId64 "\n",
			          s, from, to);
}

static int print_json(struct cli *c, const struct boundary *b, struct err *e)
{
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(JSON_MAX);
	int64_t from, to;
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	forecast_show_real(&w, "p0", b->p0_ppm / 1e6, 6);
	forecast_show_real(&w, "alpha", b->alpha_ppm / 1e6, 6);
	forecast_show_real(&w, "weight", b->weight, 9);
	forecast_show_real(&w, "log_bound", b->table.log_bound, 9);
	jw_put_int(&w, "max", b->max);
	jw_key(&w, "rows");
	jw_array(&w);
	for (int64_t s = 2; s <= b->table.s_max; s++) {
		if (!row(&b->table, s, &from, &to))
			continue;
		jw_object(&w);
		jw_put_int(&w, "failures", s);
		jw_put_int(&w, "from", from);
		jw_put_int(&w, "to", to);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return cli_print_json(c, &out, e);
}

int cmd_boundary(struct cli *c, struct err *e)
{
	SCOPED(boundary_fini)
	struct boundary b = {.max = 0};

	if (share_ppm(&b.p0_ppm, c, "p0", 1, COMMANDS_P0_MAX_PPM, e) != 0 ||
	    share_ppm(&b.alpha_ppm, c, "alpha", 1, COMMANDS_ALPHA_MAX_PPM, e) !=
	            0 ||
	    share_weight(&b.weight, c, "weight", e) != 0 ||
	    cli_int(&b.max, c, "max", 2, COMMANDS_COUNT_MAX, e) != 0)
		return -1;
	stats_table_init(&b.table, b.p0_ppm,
	                 stats_log_bound(b.alpha_ppm, b.weight), b.max);
	if (cli_wants_json(c))
		return print_json(c, &b, e);
	print_rows(c, &b);
	return 0;
}
