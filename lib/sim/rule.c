#include "config.h"

#include "lib/sim/rule.h"

#include "lib/base/mem.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/tally.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define PERCENT_PPM 10000

const char *const rule_names[] = {
	[RULE_EPROCESS] = "eprocess",  [RULE_HAWKBIT] = "hawkbit",
	[RULE_PERCENT] = "percent",    [RULE_PERCENT_MIN] = "percent-min",
	[RULE_PERCENT_MIN + 1] = NULL,
};

struct rule {
	struct rule_terms terms;
	struct stats_table table;
	struct tally tally;
	int64_t reported, failed;
};

int rule_check(enum rule_kind kind, int32_t p0_ppm, struct err *e)
{
	if (kind != RULE_HAWKBIT || p0_ppm % PERCENT_PPM == 0)
		return 0;
	return err_set(e, ERR_USAGE,
	               "--rule hawkbit: p0 is %" PRId32
	               " ppm, whole percents (10000 ppm) are needed",
	               p0_ppm);
}

struct rule *rule_new(const struct rule_terms *terms, struct err *e)
{
	struct rule *r;

	if (rule_check(terms->kind, terms->p0_ppm, e) != 0)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->terms = *terms;
	if (terms->kind == RULE_EPROCESS)
		stats_table_init(
			&r->table, terms->p0_ppm,
			stats_log_bound(terms->alpha_ppm, terms->weight),
			terms->stage);
	tally_init(&r->tally, &r->table);
	return r;
}

void rule_free(struct rule *r)
{
	if (r == NULL)
		return;
	tally_fini(&r->tally);
	stats_table_fini(&r->table);
	free(r);
}

void rule_begin(struct rule *r)
{
	tally_reset(&r->tally);
	r->reported = r->failed = 0;
}

/* Reports arrive one by one and without delay, so that no trial is ever open
 * beside the one that reports, and no prefix crosses before the whole. */
static bool eprocess(struct rule *r, bool failed)
{
	uint32_t place = tally_add(&r->tally);

	if (failed)
		tally_fail(&r->tally, place, place, 0, 0);
	return tally_crosses(&r->tally);
}

/* Parts of a million, in integers: no rounding decides. */
static bool above(const struct rule_terms *t, int64_t failed, int64_t of)
{
	return failed * PPM > t->p0_ppm * of;
}

bool rule_peer_halts(const struct rule_terms *t, int64_t failed,
                     int64_t reported)
{
	switch (t->kind) {
	case RULE_EPROCESS: break;
	case RULE_HAWKBIT: return above(t, failed, t->stage);
	case RULE_PERCENT: return above(t, failed, reported);
	case RULE_PERCENT_MIN:
		return reported >= t->min && above(t, failed, reported);
	}
	return false;
}

bool rule_report(struct rule *r, bool failed)
{
	assert(r->reported < r->terms.stage);
	r->reported++;
	r->failed += failed;
	return r->terms.kind == RULE_EPROCESS
	               ? eprocess(r, failed)
	               : rule_peer_halts(&r->terms, r->failed, r->reported);
}
