#include "config.h"

#include "lib/rollout/scopes.h"

#include "lib/base/mem.h"

#include <assert.h>
#include <stdlib.h>

/*
 * All scopes together: why α bounds false halts.
 *
 * A cell is healthy when the null of stats.c holds for its trials (given all
 * outcomes before, of any cell, each fails with a chance of at most p0), else
 * sick. A halt is *false* when every cell with a failure in the sum that
 * crossed is healthy. For a scope S let H(S) be its healthy cells; the set is
 * fixed, though nobody knows it. w(S) is its share; shares add up to at most 1.
 *
 * Claim: as long as halts have taken no healthy cell along with sick ones, the
 * chance that any halt is false, over all scopes, looks and stages, is ≤ α.
 *
 * Proof. Say S crosses falsely. Its sum runs over R, the cells of S that are
 * not halted, and F ⊆ R are those with a failure in it; F ⊆ H(S). Only sick
 * cells are halted so far (and an earlier false halt would have been the first
 * one), so H(S) ⊆ R. The cells in R outside H(S) have no failure in the sum:
 * leaving them out takes away factors below 1, so the sum over H(S) alone is
 * no smaller and crosses too, at the same moment, on a prefix of its own
 * order. H(S) is a fixed set of healthy cells, so by (1) of stats.c this
 * happens at any time at all with a chance ≤ α·w(S). Over all S: ≤ α·Σw ≤ α.∎
 *
 * The sums over different scopes share trials; the last step does not mind.
 * Two scopes with the same cells are one sum with both shares: it crosses at
 * the lower bound ln(1/(α·(w1 + w2))), and the union bound spends the same.
 *
 * What halts is the narrowest scope that holds F. It is justified because the
 * sum over F alone crosses (again: cells without failures only lower it), so
 * F is not all healthy, with the confidence claimed. It may take along cells
 * of R without a failure, or healthy cells that failed beside sick ones.
 *
 * Then the condition of the claim ends: a healthy cell has left the wider sums
 * together with the sick ones, and those sums run over a smaller set of
 * healthy cells, H(S) \ D. For each D that could have been taken the argument
 * holds again word for word from the beginning. D comes from halted hardware
 * revisions and regions (after pooled nothing is left), or from an operator.
 * When what made D halt does not look at the outcomes of cells outside D,
 * P(D halts, then a false halt) ≤ P(D halts)·α. So every such halt of a group
 * adds at most α again, in expectation: the family-wise bound is α until a
 * group with a sick cell is halted, and α more per such group; never α per
 * look, per stage or per cell.
 *
 * Silence has sums, bound and α of its own; together ≤ α + α_silent. Where a
 * plan keeps devices back, a scope's silence is judged twice in its life: by
 * p_silent until it has its control units, by the comparison with them from
 * then on. Each may be the one that halts falsely, so each has half of the
 * scope's share of α_silent.
 *
 * A plan that begins anew (`resumes`) is a new epoch of its id with empty sums
 * over devices that were not tried yet. Epoch k = 0, 1, … spends α/2^k: over
 * all epochs of one id the claim holds with α·(1 + 1/2 + 1/4 + …) < 2α.
 */

/* The table for this bound, shared by scopes of one share. */
static struct stats_table *table_for(struct scopes *s, int32_t p0_ppm,
                                     int32_t alpha_ppm, double weight)
{
	double bound = stats_log_bound(alpha_ppm, weight);
	struct stats_table *t;

	for (size_t i = 0; i < s->n_tables; i++) {
		t = &s->tables[i];
		if (t->p0_ppm == p0_ppm && !(t->log_bound < bound) &&
		    !(t->log_bound > bound))
			return t;
	}
	assert(s->n_tables < ARRAY_LEN(s->tables));
	t = &s->tables[s->n_tables++];
	stats_table_init(t, p0_ppm, bound, 1000);
	return t;
}

/* Beyond this nothing is left to spend; without a limit a share would become
 * 0, which never halts. */
#define EPOCH_HALVINGS 60

static double halved(double weight, int64_t epoch)
{
	for (int64_t i = 0; i < epoch && i < EPOCH_HALVINGS; i++)
		weight /= 2;
	return weight;
}

static void add_scope(struct scopes *s, enum scope_kind kind, int hw,
                      int region, double weight)
{
	const struct plan_gate *g = &s->plan->gate;
	struct scope *sc = &s->all[s->n++];

	sc->kind = kind;
	sc->hw = hw;
	sc->region = region;
	sc->weight = weight;
	sc->silent_weight = g->holdback_ppm > 0 ? weight / 2 : weight;
	sc->compared_weight = weight / 2;
	sc->compare_bound = stats_log_bound(
		g->alpha_silent_ppm, halved(sc->compared_weight, s->epoch));
	tally_init(&sc->failed, table_for(s, g->p0_ppm, g->alpha_ppm,
	                                  halved(sc->weight, s->epoch)));
	tally_init(&sc->silent,
	           table_for(s, g->p_silent_ppm, g->alpha_silent_ppm,
	                     halved(sc->silent_weight, s->epoch)));
}

/*
 * Scopes with the same cells are one: with a single region, a hardware
 * revision is its only cell, and that region is everything; likewise with a
 * single hardware revision. So a single cell has all the weight.
 */
static void init(struct scopes *s, const struct plan *p, int64_t epoch)
{
	size_t H = p->hw.n, R = p->regions.n;
	double cell = p->gate.weight_cells / 1e6 / (double)(H * R);
	double hw = p->gate.weight_hw / 1e6 / (double)H;
	double region = p->gate.weight_regions / 1e6 / (double)R;
	double pooled = p->gate.weight_pooled / 1e6;

	*s = (struct scopes){.plan = p, .epoch = epoch};
	s->all = xcalloc(H * R + H + R + 1, sizeof(*s->all));
	s->halted = xcalloc(H * R, sizeof(*s->halted));
	if (R == 1)
		cell += hw;
	if (H == 1)
		cell += region;
	if (H == 1 && R == 1)
		cell += pooled;
	else if (H == 1)
		hw += pooled;
	else if (R == 1)
		region += pooled;
	for (size_t i = 0; i < H * R; i++)
		add_scope(s, SCOPE_CELL, (int)(i / R), (int)(i % R), cell);
	s->first_hw = s->n;
	for (size_t i = 0; R > 1 && i < H; i++)
		add_scope(s, SCOPE_HW, (int)i, -1, hw);
	s->first_region = s->n;
	for (size_t i = 0; H > 1 && i < R; i++)
		add_scope(s, SCOPE_REGION, -1, (int)i, region);
	s->pooled = s->n;
	if (H > 1 && R > 1)
		add_scope(s, SCOPE_POOLED, -1, -1, pooled);
}

void scopes_init(struct scopes *s, const struct plan *p)
{
	init(s, p, 0);
}

void scopes_set_strata(struct scopes *s, const struct compare *c)
{
	s->strata = c;
}

void scopes_set_epoch(struct scopes *s, int64_t epoch)
{
	const struct plan *p = s->plan;
	const struct compare *strata = s->strata;

	assert(s->n_halted == 0 && s->all[0].failed.added == 0);
	scopes_fini(s);
	init(s, p, epoch);
	s->strata = strata;
}

void scopes_fini(struct scopes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		tally_fini(&s->all[i].failed);
		tally_fini(&s->all[i].silent);
	}
	for (size_t i = 0; i < s->n_tables; i++)
		stats_table_fini(&s->tables[i]);
	free(s->all);
	free(s->halted);
	*s = (struct scopes){0};
}

/* The scopes a trial of this cell is in, the cell's own first. Those of a
 * halted cell have no wider ones. */
static size_t scopes_of(const struct scopes *s, int cell,
                        struct scope *out[SCOPES_OF_TRIAL])
{
	size_t R = s->plan->regions.n, n = 0;
	size_t hw = (size_t)cell / R, region = (size_t)cell % R;

	out[n++] = &s->all[cell];
	if (s->halted[cell])
		return n;
	if (s->first_region > s->first_hw)
		out[n++] = &s->all[s->first_hw + hw];
	if (s->pooled > s->first_region)
		out[n++] = &s->all[s->first_region + region];
	if (s->n > s->pooled)
		out[n++] = &s->all[s->pooled];
	return n;
}

static uint32_t join(struct scope *sc)
{
	uint32_t place = tally_add(&sc->failed);
	uint32_t same = tally_add(&sc->silent);

	assert(place == same);
	return same;
}

/* Void leaves both sums. Silent leaves the sum over failures, where it is
 * neither failure nor success, and fails in the sum over silence. A failure
 * was not silent. */
static void end_in(const struct scopes *s, struct scope *sc, uint32_t place,
                   const struct trial *t)
{
	int64_t old_ms = t->granted_ms + s->plan->gate.soft_s * 1000;

	if (trial_is_failure(t->step)) {
		tally_fail(&sc->failed, place, t->device, t->cell, old_ms);
	} else if (t->step == TRIAL_SILENT) {
		tally_leave(&sc->failed, place);
		tally_fail(&sc->silent, place, t->device, t->cell, old_ms);
	} else if (t->step == TRIAL_VOID) {
		tally_leave(&sc->failed, place);
		tally_leave(&sc->silent, place);
	}
}

void scopes_add(struct scopes *s, struct scope_places *out, int cell)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);

	for (size_t i = 0; i < n; i++)
		out->at[i] = join(in[i]);
}

void scopes_end(struct scopes *s, const struct scope_places *at,
                const struct trial *t)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, t->cell, in);

	for (size_t i = 0; i < n; i++)
		end_in(s, in[i], at->at[i], t);
}

void scopes_halt(struct scopes *s, int cell)
{
	if (s->halted[cell])
		return;
	s->halted[cell] = true;
	s->n_halted++;
}

void scopes_clear_wide(struct scopes *s)
{
	for (size_t i = s->first_hw; i < s->n; i++) {
		tally_reset(&s->all[i].failed);
		tally_reset(&s->all[i].silent);
		s->all[i].now = (struct scope_counts){0};
		s->all[i].beside = (struct compare_sum){0};
	}
}

void scopes_add_wide(struct scopes *s, struct scope_places *at,
                     const struct trial *t)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, t->cell, in);

	for (size_t i = 1; i < n; i++) {
		at->at[i] = join(in[i]);
		end_in(s, in[i], at->at[i], t);
	}
}

/* Where silence is compared with control units, those that ended silent are
 * the comparison's to judge. Counted in holds and in caution, a fleet of which
 * many are always away would be held for ever and never halted. */
static bool is_compared(const struct scope *sc)
{
	return sc->beside.units >= COMPARE_UNITS_MIN;
}

int64_t scopes_silent(const struct scope *sc)
{
	return is_compared(sc) ? 0 : tally_failures(&sc->silent);
}

/*
 * Holds: what waits too long is counted as if it had fallen silent. A device
 * that is late and comes after all takes its failure back, so this sum has no
 * guarantee and needs none: it halts nothing, and lifts when they come. A hold
 * that stays ends within hard_s, since nothing starts under it: each overdue
 * trial has ended by then, and when those that ended silent are still too
 * many, the same bound over silent trials alone halts.
 */
static bool should_hold(const struct scope *sc)
{
	const struct tally *t = &sc->silent;

	return stats_table_halts(t->table, sc->now.overdue + scopes_silent(sc),
	                         tally_trials(t));
}

static void each_scope(struct scopes *s, int cell, size_t first, int64_t units,
                       const struct stratum *st)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);

	for (size_t i = first; i < n; i++) {
		in[i]->beside.units += units;
		if (st != NULL)
			compare_add(&in[i]->beside, st);
	}
}

void scopes_add_units(struct scopes *s, int cell, int64_t n)
{
	each_scope(s, cell, 0, n, NULL);
}

void scopes_add_units_wide(struct scopes *s, int cell, int64_t n)
{
	each_scope(s, cell, 1, n, NULL);
}

void scopes_compare(struct scopes *s, const struct stratum *st)
{
	each_scope(s, st->cell, 0, 0, st);
}

void scopes_compare_wide(struct scopes *s, const struct stratum *st)
{
	each_scope(s, st->cell, 1, 0, st);
}

static void add_counts(struct scope *sc, const struct scope_counts *by)
{
	sc->now.pending += by->pending;
	sc->now.overdue += by->overdue;
	sc->now.confirmed += by->confirmed;
}

void scopes_count(struct scopes *s, int cell, const struct scope_counts *by)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);

	for (size_t i = 0; i < n; i++)
		add_counts(in[i], by);
}

void scopes_count_wide(struct scopes *s, int cell,
                       const struct scope_counts *by)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);

	for (size_t i = 1; i < n; i++)
		add_counts(in[i], by);
}

/*
 * Caution: the cap tightened by evidence. What is open when a sum crosses may
 * fail beside the failures that the sum needed. So no more may be open than
 * would bring the sum an eighth of the way from here to its bound, if they
 * failed as often as those that ended so far:
 *
 *	open · failed / ended ≤ (bound - failed) / 8,
 *
 * and one always may. It reads the past and decides only who waits for his
 * turn, so the null's "given all outcomes before it" holds as ever: no verdict
 * changes its meaning. It never stops a rollout: an open trial ends, or is
 * overdue and not counted here any more, and then the next may start.
 */
#define CAUTION 8

static bool too_many(const struct tally *t, int64_t pending, int64_t failed,
                     int64_t ended)
{
	int64_t more;

	if (failed == 0 || pending == 0)
		return false;
	/* Rounded up: the bound is a whole number. */
	more = (CAUTION * failed * (pending + 1) + ended - 1) / ended;
	return stats_table_halts(t->table, failed + more - 1, tally_trials(t));
}

const struct scope *scopes_cautious(const struct scopes *s, int cell,
                                    bool *silence)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);

	for (size_t i = 0; i < n; i++) {
		const struct scope *sc = in[i];
		int64_t failed = tally_failures(&sc->failed);
		int64_t mute = scopes_silent(sc) + sc->now.overdue;
		int64_t ended = sc->now.confirmed + failed;

		*silence = false;
		if (too_many(&sc->failed, sc->now.pending, failed, ended))
			return sc;
		*silence = true;
		if (too_many(&sc->silent, sc->now.pending, mute, ended + mute))
			return sc;
	}
	return NULL;
}

static bool look_at(struct scope *sc)
{
	bool was = sc->held;

	sc->held = should_hold(sc);
	return sc->held != was;
}

bool scopes_look(struct scopes *s, int cell)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n = scopes_of(s, cell, in);
	bool changed = false;

	for (size_t i = 0; i < n; i++)
		changed |= look_at(in[i]);
	return changed;
}

bool scopes_look_all(struct scopes *s)
{
	bool changed = false;

	for (size_t i = 0; i < s->n; i++)
		changed |= look_at(&s->all[i]);
	return changed;
}

const struct scope *scopes_hold_of(const struct scopes *s, int cell)
{
	struct scope *in[SCOPES_OF_TRIAL];
	size_t n;

	if (s->halted[cell])
		return NULL;
	n = scopes_of(s, cell, in);
	while (n > 0)
		if (in[--n]->held)
			return in[n];
	return NULL;
}

static bool tally_finds(const struct scope *sc, const struct tally *t,
                        int64_t now_ms, struct crossing *out)
{
	size_t prefix;

	*out = (struct crossing){.scope = sc,
	                         .tally = t,
	                         .silence = t == &sc->silent,
	                         .marks = t->n_marks,
	                         .failures = tally_failures(t),
	                         .trials = tally_trials(t)};
	if (tally_crosses(t))
		return true;
	prefix = tally_prefix(t, now_ms);
	if (prefix == 0)
		return false;
	out->prefix = true;
	out->marks = prefix;
	out->failures = (int64_t)prefix;
	out->trials = t->marks[prefix - 1].rank;
	return true;
}

/* Two distinct devices at least, as everywhere. */
static bool comparison_finds(const struct scope *sc, struct crossing *out)
{
	const struct tally *t = &sc->silent;

	*out = (struct crossing){.scope = sc,
	                         .tally = t,
	                         .silence = true,
	                         .compared = true,
	                         .marks = t->n_marks,
	                         .failures = sc->beside.in.trials_silent,
	                         .trials = sc->beside.in.trials};
	return out->failures >= 2 &&
	       compare_log_e(&sc->beside) >= sc->compare_bound;
}

static bool silence_finds(const struct scope *sc, int64_t now_ms,
                          struct crossing *out)
{
	return is_compared(sc) ? comparison_finds(sc, out)
	                       : tally_finds(sc, &sc->silent, now_ms, out);
}

static bool is_halted(const struct scopes *s, size_t i)
{
	return i < s->first_hw && s->halted[i];
}

bool scopes_holds(const struct scopes *s, size_t i)
{
	return !is_halted(s, i) && s->all[i].held;
}

bool scopes_crossing(const struct scopes *s, int64_t now_ms,
                     struct crossing *out)
{
	for (size_t i = 0; i < s->n; i++)
		if (!is_halted(s, i) &&
		    tally_finds(&s->all[i], &s->all[i].failed, now_ms, out))
			return true;
	for (size_t i = 0; i < s->n; i++)
		if (!is_halted(s, i) && silence_finds(&s->all[i], now_ms, out))
			return true;
	return false;
}

/* The tally has all silent trials of the scope. Those of hours without control
 * units, as all of the early stages are, are in no comparison: what they say of
 * their cells is not what crossed. */
bool scopes_counts(const struct scopes *s, const struct crossing *c, size_t i)
{
	const struct tally_mark *m = &c->tally->marks[i];

	return !c->compared ||
	       compare_has(s->strata, m->cell,
	                   m->old_ms - s->plan->gate.soft_s * 1000);
}

enum scope_kind scopes_narrowest(const struct scopes *s,
                                 const struct crossing *c, int *hw, int *region)
{
	int R = (int)s->plan->regions.n;
	bool is_first = true;

	*hw = *region = -1;
	for (size_t i = 0; i < c->marks; i++) {
		int cell = c->tally->marks[i].cell;

		if (!scopes_counts(s, c, i))
			continue;
		if (is_first || cell / R != *hw)
			*hw = is_first ? cell / R : -1;
		if (is_first || cell % R != *region)
			*region = is_first ? cell % R : -1;
		is_first = false;
	}
	if (*hw >= 0)
		return *region >= 0 ? SCOPE_CELL : SCOPE_HW;
	return *region >= 0 ? SCOPE_REGION : SCOPE_POOLED;
}
