#include "config.h"

#include "lib/rollout/evidence.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

#include <string.h>

/* n confirmed and then two failed trials of cell a7/jp; devices 101, 102, … */
static void halt(struct evidence *v, struct scopes *s, struct plan *p, int n,
                 enum trial_step bad, int n_bad)
{
	struct crossing c;

	fixture_plan(p);
	scopes_init(s, p);
	for (int i = 0; i < n + n_bad; i++) {
		struct trial t = {.device = 101 + i,
		                  .cell = 1,
		                  .step = i < n ? TRIAL_CONFIRMED : bad};
		struct scope_places at;

		scopes_add(s, &at, t.cell);
		scopes_end(s, &at, &t);
	}
	ck_assert(scopes_crossing(s, 0, &c));
	evidence_fill(v, s, &c, 1234);
}

TEST(evidence_carries_what_a_stranger_needs_to_judge_again)
{
	SCOPED(scopes_fini)
	struct scopes s = {0};
	struct evidence v;
	struct plan p;

	halt(&v, &s, &p, 1, TRIAL_FAILED, 2);
	ck_assert_int_eq(v.crossed, SCOPE_POOLED);
	ck_assert_str_eq(v.hw, "*");
	ck_assert_str_eq(v.region, "*");
	ck_assert_int_eq(v.halted_as, SCOPE_CELL);
	ck_assert_str_eq(v.halt_hw, "a7");
	ck_assert_str_eq(v.halt_region, "jp");
	ck_assert_int_eq(v.failures, 2);
	ck_assert_int_eq(v.trials, 3);
	ck_assert_int_eq(v.bound, 2);
	ck_assert_int_eq(v.p0_ppm, 20000);
	ck_assert_int_eq(v.alpha_ppm, 50000);
	ck_assert_int_eq(v.weight_ppm, 250000);
	ck_assert_int_eq(v.at_ms, 1234);
	ck_assert(!v.prefix && !v.silence && !v.by_hand);
	ck_assert_uint_eq(v.n_first, 2);
	ck_assert_int_eq(v.first_devices[0], 102);
	ck_assert_int_eq(v.first_devices[1], 103);
	ck_assert(stats_log_e(v.p0_ppm, v.failures, v.trials) >=
	          stats_log_bound(v.alpha_ppm, v.weight_ppm / 1e6));
}

TEST(evidence_is_a_sentence)
{
	SCOPED(scopes_fini)
	struct scopes s = {0};
	struct evidence v;
	struct plan p;

	halt(&v, &s, &p, 0, TRIAL_REVERTED, 3);
	ck_assert_str_eq(v.text,
	                 "a7/jp: 3 of 3 failed, 3 are too many at a tolerance "
	                 "of 2 % (risk 5 %, share 2.778 %); halts a7/jp");
}

TEST(evidence_of_silence_says_so)
{
	SCOPED(scopes_fini)
	struct scopes s = {0};
	struct evidence v;
	struct plan p;

	halt(&v, &s, &p, 0, TRIAL_SILENT, 9);
	ck_assert(v.silence);
	ck_assert_int_eq(v.p0_ppm, 100000);
	ck_assert_uint_eq(v.n_first, EVIDENCE_DEVICES);
	ck_assert(strstr(v.text, "9 of 9 silent") != NULL);
	ck_assert(strstr(v.text, "tolerance of 10 %") != NULL);
}

TEST(the_longest_names_fit_into_the_sentence)
{
	SCOPED(scopes_fini)
	struct scopes s = {0};
	struct crossing c;
	struct evidence v;
	struct plan p;

	fixture_plan(&p);
	fixture_narrow(&p, 1, 1);
	memset(p.hw.w[0], 'h', NAME_MAX_LEN);
	memset(p.regions.w[0], 'r', NAME_MAX_LEN);
	scopes_init(&s, &p);
	scopes_set_epoch(&s, NUM_JSON_MAX);
	for (int i = 0; i < 40; i++) {
		struct trial t = {.device = i, .step = TRIAL_FAILED};
		struct scope_places at;

		scopes_add(&s, &at, 0);
		scopes_end(&s, &at, &t);
	}
	ck_assert(scopes_crossing(&s, 0, &c));
	evidence_fill(&v, &s, &c, 0);
	ck_assert(strstr(v.text, ", halved 9007199254740991 x, ") != NULL);
	ck_assert_str_eq(v.text + strlen(v.text) - NAME_MAX_LEN,
	                 p.regions.w[0]);
}
