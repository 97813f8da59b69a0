#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/plan.h"
#include "lib/rollout/stats.h"
#include "lib/sim/stage.h"
#include "tests/support/runner.h"
#include "tests/unit/sim/exact.h"

#include <math.h>

#define RUNS 2000
/* In standard errors; with another seed one figure in two million would be
 * further off. */
#define FAR 5.0

static struct rule_terms terms_of(enum rule_kind kind, int64_t stage)
{
	return (struct rule_terms){.kind = kind,
	                           .p0_ppm = 20000,
	                           .alpha_ppm = 50000,
	                           .weight = 1,
	                           .stage = stage,
	                           .min = 100};
}

static struct stage_figures simulate(const struct rule_terms *t, int32_t p_ppm,
                                     uint64_t seed)
{
	SCOPED(rule_free)
	struct rule *r = NULL;
	struct stage_figures f;

	r = rule_new(t, NULL);
	ck_assert_ptr_nonnull(r);
	stage_simulate(&f, t, r, p_ppm, RUNS, seed);
	ck_assert_int_eq(f.runs, RUNS);
	return f;
}

/* The peers' rules once more, as a sentence each. */
static bool hawkbit(const void *stage, int64_t s, int64_t n)
{
	(void)n;
	return (double)s / (double)*(const int64_t *)stage > 0.02;
}

static bool percent(const void *stage, int64_t s, int64_t n)
{
	(void)stage;
	return s * 50 > n;
}

static bool percent_min(const void *stage, int64_t s, int64_t n)
{
	return n >= 100 && percent(stage, s, n);
}

static bool table_halts(const void *table, int64_t s, int64_t n)
{
	return stats_table_halts(table, s, n);
}

static void exactly(struct exact *x, const struct rule_terms *t, double p)
{
	exact_fn *const peers[] = {[RULE_HAWKBIT] = hawkbit,
	                           [RULE_PERCENT] = percent,
	                           [RULE_PERCENT_MIN] = percent_min};
	struct stats_table table;

	if (t->kind != RULE_EPROCESS) {
		exact_stage(x, peers[t->kind], &t->stage, t->stage, p);
		return;
	}
	stats_table_init(&table, t->p0_ppm,
	                 stats_log_bound(t->alpha_ppm, t->weight), t->stage);
	exact_stage(x, table_halts, &table, t->stage, p);
	stats_table_fini(&table);
}

static void near(double got, double wanted, double sd)
{
	ck_assert_double_eq_tol(got, wanted, FAR * sd / sqrt(RUNS) + 1e-9);
}

TEST(every_rule_does_what_its_exact_distribution_says)
{
	static const int32_t p_ppm[] = {0,      10000,  20000,  50000,
	                                100000, 300000, 1000000};

	for (int kind = RULE_EPROCESS; kind <= RULE_PERCENT_MIN; kind++)
		for (size_t i = 0; i < ARRAY_LEN(p_ppm); i++) {
			struct rule_terms t =
				terms_of((enum rule_kind)kind, 500);
			struct stage_figures f = simulate(&t, p_ppm[i], 1);
			struct exact x;

			exactly(&x, &t, p_ppm[i] / 1e6);
			near((double)f.halts / RUNS, x.p_halt,
			     sqrt(fmax(x.p_halt * (1 - x.p_halt), 0)));
			near(f.failed.mean, x.mean_failed, x.sd_failed);
			near(f.exposed.mean, x.mean_exposed, x.sd_exposed);
		}
}

TEST(a_first_failure_in_a_small_stage_is_a_closed_form)
{
	/* Up to 49 devices a raw percentage halts at the first failure. */
	struct rule_terms t = terms_of(RULE_PERCENT, 40);
	struct stage_figures f = simulate(&t, 10000, 1);
	double none = pow(0.99, 40);

	near((double)f.halts / RUNS, 1 - none, sqrt(none * (1 - none)));
}

TEST(hawkbit_exposes_a_group_until_21_of_1000_failed)
{
	/* Negative binomial: 21 / p devices, sd sqrt(21 (1-p)) / p. */
	struct rule_terms t = terms_of(RULE_HAWKBIT, 1000);
	struct stage_figures f = simulate(&t, 300000, 1);

	ck_assert_int_eq(f.halts, RUNS);
	ck_assert_double_eq(f.failed.mean, 21);
	near(f.exposed.mean, 70, sqrt(21 * 0.7) / 0.3);
}

TEST(nobody_failing_is_never_halted_and_two_of_two_always)
{
	struct rule_terms t = terms_of(RULE_EPROCESS, 1000);
	struct stage_figures f = simulate(&t, 0, 1);

	ck_assert_int_eq(f.halts, 0);
	ck_assert_double_eq(f.exposed.mean, 1000);
	f = simulate(&t, PPM, 1);
	ck_assert_int_eq(f.halts, RUNS);
	ck_assert_double_eq(f.failed.mean, 2);
	ck_assert_double_eq(f.exposed.mean, 2);
}

TEST(a_seed_is_the_whole_chance)
{
	struct rule_terms t = terms_of(RULE_EPROCESS, 1000);
	struct stage_figures a = simulate(&t, 100000, 7);
	struct stage_figures b = simulate(&t, 100000, 7);
	struct stage_figures c = simulate(&t, 100000, 8);

	ck_assert_double_eq(a.exposed.mean, b.exposed.mean);
	ck_assert_double_ne(a.exposed.mean, c.exposed.mean);
}

TEST(rules_are_compared_on_the_same_fleets)
{
	/* Where none halts, each saw the same failures. */
	struct rule_terms ours = terms_of(RULE_EPROCESS, 300);
	struct rule_terms theirs = terms_of(RULE_HAWKBIT, 300);
	struct stage_figures a, b;

	ours.p0_ppm = theirs.p0_ppm = 900000;
	a = simulate(&ours, 20000, 3);
	b = simulate(&theirs, 20000, 3);
	ck_assert_int_eq(a.halts, 0);
	ck_assert_double_eq(a.failed.mean, b.failed.mean);
	ck_assert_double_eq(a.failed.squares, b.failed.squares);
}
