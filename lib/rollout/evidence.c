#include "config.h"

#include "lib/rollout/evidence.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const kind_names[] = {
	/* clang-format off */
	[SCOPE_CELL]   = "cell",
	[SCOPE_HW]     = "hardware",
	[SCOPE_REGION] = "region",
	[SCOPE_POOLED] = "pooled",
	/* clang-format on */
};

const char *scope_kind_name(enum scope_kind k)
{
	return kind_names[k];
}

static void place(const struct plan *p, int hw, int region, word out_hw,
                  word out_region)
{
	word_set(out_hw, hw < 0 ? "*" : p->hw.w[hw]);
	word_set(out_region, region < 0 ? "*" : p->regions.w[region]);
}

/* "a7/eu: 5 of 20 failed, 4 halt at a tolerance of 2.00 % (risk 5.00 %, share
 * 2.78 %); halts a7/eu"; in epoch 2 "(risk 5.00 %, halved 2 x, share …)" */
static void put_text(struct evidence *v)
{
	char epoch[40] = "", crossed[CELL_TEXT_SIZE], halts[CELL_TEXT_SIZE];

	(void)cell_text(crossed, v->hw, v->region);
	(void)cell_text(halts, v->halt_hw, v->halt_region);
	if (v->epoch > 0)
		(void)snprintf(epoch, sizeof(epoch), ", halved %" PRId64 " x",
		               v->epoch);
	if (v->units > 0) {
		(void)snprintf(
			v->text, sizeof(v->text),
			"%s: %" PRId64 " of %" PRId64 " silent, %" PRId64
			" of %" PRId64
			" that were kept back: more often than chance has it "
			"(risk %.4g %%%s, share %.4g %%); halts %s",
			crossed, v->failures, v->trials, v->units_silent,
			v->units, v->alpha_ppm / 1e4, epoch,
			v->weight_ppm / 1e4, halts);
		return;
	}
	(void)snprintf(
		v->text, sizeof(v->text),
		"%s: %" PRId64 " of %s%" PRId64 " %s, %" PRId64
		" are too many at a tolerance of %.4g %% (risk %.4g %%%s, "
		"share %.4g %%); halts %s",
		crossed, v->failures, v->prefix ? "the first " : "", v->trials,
		v->silence ? "silent" : "failed", v->bound, v->p0_ppm / 1e4,
		v->alpha_ppm / 1e4, epoch, v->weight_ppm / 1e4, halts);
}

static void put_first(struct evidence *out, const struct scopes *s,
                      const struct crossing *c)
{
	for (size_t i = 0; i < c->marks && out->n_first < EVIDENCE_DEVICES; i++)
		if (scopes_counts(s, c, i))
			out->first_devices[out->n_first++] =
				c->tally->marks[i].device;
}

void evidence_fill(struct evidence *out, const struct scopes *s,
                   const struct crossing *c, int64_t at_ms)
{
	const struct plan_gate *g = &s->plan->gate;
	double weight = c->compared  ? c->scope->compared_weight
	                : c->silence ? c->scope->silent_weight
	                             : c->scope->weight;
	int hw, region;

	*out = (struct evidence){
		.crossed = c->scope->kind,
		.halted_as = scopes_narrowest(s, c, &hw, &region),
		.silence = c->silence,
		.failures = c->failures,
		.trials = c->trials,
		.bound = c->compared ? -1
	                             : stats_table_bound(c->tally->table,
	                                                 c->trials),
		.units = c->compared ? c->scope->beside.in.units : 0,
		.units_silent =
			c->compared ? c->scope->beside.in.units_silent : 0,
		.p0_ppm = c->silence ? g->p_silent_ppm : g->p0_ppm,
		.alpha_ppm = c->silence ? g->alpha_silent_ppm : g->alpha_ppm,
		.weight_ppm = (int32_t)(weight * 1e6 + 0.5),
		.epoch = s->epoch,
		.prefix = c->prefix,
		.at_ms = at_ms,
	};
	place(s->plan, c->scope->hw, c->scope->region, out->hw, out->region);
	place(s->plan, hw, region, out->halt_hw, out->halt_region);
	put_first(out, s, c);
	put_text(out);
}
