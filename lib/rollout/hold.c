#include "config.h"

#include "lib/rollout/hold.h"

#include <inttypes.h>
#include <stdio.h>

/* "a7/eu: 4 overdue and 1 silent of 12, 5 are too many at a tolerance of 10 %
 * (risk 1 %, share 2.78 %); no device starts until fewer are" */
static void put_text(struct hold *h)
{
	char epoch[40] = "", where[CELL_TEXT_SIZE];

	if (h->epoch > 0)
		(void)snprintf(epoch, sizeof(epoch), ", halved %" PRId64 " x",
		               h->epoch);
	(void)snprintf(h->text, sizeof(h->text),
	               "%s: %" PRId64 " overdue and %" PRId64
	               " silent of %" PRId64 ", %" PRId64
	               " are too many at a tolerance of %.4g %% (risk %.4g %%"
	               "%s, share %.4g %%); no device starts until fewer are",
	               cell_text(where, h->hw, h->region), h->overdue,
	               h->silent, h->trials, h->bound, h->p_silent_ppm / 1e4,
	               h->alpha_silent_ppm / 1e4, epoch, h->weight_ppm / 1e4);
}

void hold_fill(struct hold *out, const struct scopes *s, const struct scope *sc)
{
	const struct plan *p = s->plan;
	const struct tally *t = &sc->silent;

	*out = (struct hold){
		.kind = sc->kind,
		.overdue = sc->now.overdue,
		.silent = scopes_silent(sc),
		.trials = tally_trials(t),
		.bound = stats_table_bound(t->table, tally_trials(t)),
		.p_silent_ppm = p->gate.p_silent_ppm,
		.alpha_silent_ppm = p->gate.alpha_silent_ppm,
		.weight_ppm = (int32_t)(sc->silent_weight * 1e6 + 0.5),
		.epoch = s->epoch,
	};
	word_set(out->hw, sc->hw < 0 ? "*" : p->hw.w[sc->hw]);
	word_set(out->region, sc->region < 0 ? "*" : p->regions.w[sc->region]);
	put_text(out);
}
