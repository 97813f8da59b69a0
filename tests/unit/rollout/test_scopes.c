#include "config.h"

#include "lib/base/mem.h"
#include "lib/rollout/scopes.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"

struct rig {
	struct plan plan;
	struct scopes scopes;
	int64_t devices;
};

static void begin(struct rig *r, size_t n_hw, size_t n_regions)
{
	fixture_plan(&r->plan);
	fixture_narrow(&r->plan, n_hw, n_regions);
	scopes_init(&r->scopes, &r->plan);
	r->devices = 0;
}

static void end(struct rig *r)
{
	scopes_fini(&r->scopes);
}

/* n trials of a cell that end like this, granted at 0. */
static void trials(struct rig *r, int cell, int n, enum trial_step step)
{
	while (n-- > 0) {
		struct trial t = {
			.device = ++r->devices, .cell = cell, .step = step};
		struct scope_places at;

		scopes_add(&r->scopes, &at, cell);
		scopes_end(&r->scopes, &at, &t);
	}
}

static bool crosses(const struct rig *r, struct crossing *c)
{
	return scopes_crossing(&r->scopes, 0, c);
}

static double weight_of(const struct rig *r, enum scope_kind kind)
{
	for (size_t i = 0; i < r->scopes.n; i++)
		if (r->scopes.all[i].kind == kind)
			return r->scopes.all[i].weight;
	return -1;
}

static double total_weight(const struct rig *r)
{
	double sum = 0;

	for (size_t i = 0; i < r->scopes.n; i++)
		sum += r->scopes.all[i].weight;
	return sum;
}

TEST(the_shares_of_all_scopes_are_exactly_alpha)
{
	for (size_t hw = 1; hw <= 3; hw++)
		for (size_t region = 1; region <= 3; region++) {
			struct rig r;

			begin(&r, hw, region);
			ck_assert_double_eq_tol(total_weight(&r), 1, 1e-12);
			end(&r);
		}
}

TEST(nine_cells_share_a_quarter)
{
	struct rig r;

	begin(&r, 3, 3);
	ck_assert_uint_eq(r.scopes.n, 9 + 3 + 3 + 1);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_CELL), 1.0 / 36, 1e-12);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_HW), 1.0 / 12, 1e-12);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_REGION), 1.0 / 12, 1e-12);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_POOLED), 1.0 / 4, 1e-12);
	end(&r);
}

TEST(a_single_cell_has_all_the_weight)
{
	struct rig r;

	begin(&r, 1, 1);
	ck_assert_uint_eq(r.scopes.n, 1);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_CELL), 1, 1e-12);
	end(&r);
}

TEST(scopes_with_the_same_cells_are_one_and_add_their_weights)
{
	struct rig r;

	/* One region: a hardware revision is its cell, the region is all. */
	begin(&r, 3, 1);
	ck_assert_uint_eq(r.scopes.n, 3 + 1);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_CELL), 2.0 / 12, 1e-12);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_REGION), 0.5, 1e-12);
	ck_assert_double_eq(weight_of(&r, SCOPE_HW), -1);
	ck_assert_double_eq(weight_of(&r, SCOPE_POOLED), -1);
	end(&r);
	/* One hardware revision: the other way round. */
	begin(&r, 1, 2);
	ck_assert_uint_eq(r.scopes.n, 2 + 1);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_CELL), 0.25, 1e-12);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_HW), 0.5, 1e-12);
	end(&r);
}

TEST(a_plan_may_set_its_own_shares)
{
	struct rig r;

	fixture_plan(&r.plan);
	r.plan.gate.weight_cells = 700000;
	r.plan.gate.weight_hw = 0;
	r.plan.gate.weight_regions = 0;
	r.plan.gate.weight_pooled = 300000;
	r.devices = 0;
	scopes_init(&r.scopes, &r.plan);
	ck_assert_double_eq_tol(weight_of(&r, SCOPE_CELL), 0.7 / 9, 1e-12);
	ck_assert_double_eq_tol(total_weight(&r), 1, 1e-12);
	/* A share of nothing never halts: one failure in each of two
	 * regions of one hardware revision crosses pooled. */
	struct crossing c;
	trials(&r, 0, 1, TRIAL_FAILED);
	trials(&r, 1, 1, TRIAL_FAILED);
	ck_assert(crosses(&r, &c));
	ck_assert_int_eq(c.scope->kind, SCOPE_POOLED);
	end(&r);
}

/* Failures in each of the nine cells, successes in the first; who crosses and
 * what that halts. Two of two cross at a share of 1/12, two of three at 1/4,
 * three of three at 1/36. */
static const struct {
	const char *failures;
	int healthy;
	enum scope_kind crossed, halted;
	int hw, region;
} scenes[] = {
	/* clang-format off */
	{"300 000 000", 0, SCOPE_CELL,   SCOPE_CELL,    0,  0},
	{"000 000 003", 0, SCOPE_CELL,   SCOPE_CELL,    2,  2},
	{"200 000 000", 0, SCOPE_HW,     SCOPE_CELL,    0,  0},
	{"110 000 000", 0, SCOPE_HW,     SCOPE_HW,      0, -1},
	{"000 000 101", 0, SCOPE_HW,     SCOPE_HW,      2, -1},
	{"100 100 000", 0, SCOPE_REGION, SCOPE_REGION, -1,  0},
	{"010 010 010", 0, SCOPE_REGION, SCOPE_REGION, -1,  1},
	{"100 010 000", 0, SCOPE_POOLED, SCOPE_POOLED, -1, -1},
	{"200 000 000", 1, SCOPE_POOLED, SCOPE_CELL,    0,  0},
	{"110 000 000", 1, SCOPE_POOLED, SCOPE_HW,      0, -1},
	{"100 000 100", 1, SCOPE_POOLED, SCOPE_REGION, -1,  0},
	{"000 300 030", 0, SCOPE_CELL,   SCOPE_CELL,    1,  0},
	/* clang-format on */
};

TEST(what_halts_is_the_narrowest_scope_with_every_failure)
{
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct crossing c;
		int cell = 0, hw, region;
		struct rig r;

		begin(&r, 3, 3);
		trials(&r, 0, scenes[i].healthy, TRIAL_CONFIRMED);
		for (const char *f = scenes[i].failures; *f != '\0'; f++)
			if (*f != ' ')
				trials(&r, cell++, *f - '0', TRIAL_FAILED);
		ck_assert(crosses(&r, &c));
		ck_assert_int_eq(c.scope->kind, scenes[i].crossed);
		ck_assert_int_eq(scopes_narrowest(&r.scopes, &c, &hw, &region),
		                 scenes[i].halted);
		ck_assert_int_eq(hw, scenes[i].hw);
		ck_assert_int_eq(region, scenes[i].region);
		end(&r);
	}
}

TEST(one_failure_in_each_of_two_far_cells_among_many_halts_nothing)
{
	struct crossing c;
	struct rig r;

	begin(&r, 3, 3);
	for (int cell = 0; cell < 9; cell++)
		trials(&r, cell, 5, TRIAL_CONFIRMED);
	trials(&r, 0, 1, TRIAL_FAILED);
	trials(&r, 4, 1, TRIAL_FAILED);
	ck_assert(!crosses(&r, &c));
	end(&r);
}

TEST(halted_cells_leave_every_wider_sum)
{
	struct crossing c;
	struct rig r;

	begin(&r, 3, 3);
	trials(&r, 0, 3, TRIAL_FAILED);
	ck_assert(crosses(&r, &c));
	scopes_halt(&r.scopes, 0);
	scopes_clear_wide(&r.scopes);
	ck_assert(!crosses(&r, &c));
	/* Neither do its later failures count there, and the neighbours begin
	 * afresh: one failure beside three halted ones is one. */
	trials(&r, 0, 3, TRIAL_FAILED);
	trials(&r, 1, 1, TRIAL_FAILED);
	ck_assert(!crosses(&r, &c));
	trials(&r, 2, 1, TRIAL_FAILED);
	ck_assert(crosses(&r, &c));
	ck_assert_int_eq(c.trials, 2);
	end(&r);
}

TEST(void_trials_are_in_no_sum)
{
	struct crossing c;
	struct rig r;

	begin(&r, 1, 1);
	trials(&r, 0, 50, TRIAL_VOID);
	trials(&r, 0, 2, TRIAL_FAILED);
	ck_assert(crosses(&r, &c));
	ck_assert_int_eq(c.trials, 2);
	end(&r);
}

TEST(open_trials_count_as_success)
{
	struct crossing c;
	struct rig r;

	begin(&r, 1, 1);
	trials(&r, 0, 8, TRIAL_BOOTED);
	trials(&r, 0, 2, TRIAL_FAILED);
	/* Two of ten do not halt, two of two did. */
	ck_assert(!crosses(&r, &c));
	end(&r);
}

TEST(silence_is_neither_failure_nor_success_among_failures)
{
	struct crossing c;
	struct rig r;

	begin(&r, 1, 1);
	/* 60 speak; 10 do not: 14 % at a tolerance of 10 % halt nothing. */
	trials(&r, 0, 58, TRIAL_CONFIRMED);
	trials(&r, 0, 10, TRIAL_SILENT);
	ck_assert(!crosses(&r, &c));
	ck_assert_int_eq(tally_trials(&r.scopes.all[0].failed), 58);
	ck_assert_int_eq(tally_failures(&r.scopes.all[0].failed), 0);
	ck_assert_int_eq(tally_trials(&r.scopes.all[0].silent), 68);
	end(&r);
}

TEST(silence_halts_by_a_bar_of_its_own)
{
	struct crossing c;
	struct rig r;

	begin(&r, 1, 1);
	trials(&r, 0, 10, TRIAL_CONFIRMED);
	trials(&r, 0, 10, TRIAL_SILENT);
	ck_assert(crosses(&r, &c));
	ck_assert(c.silence);
	ck_assert_int_eq(c.trials, 20);
	end(&r);
}

TEST(a_failure_was_not_silent)
{
	struct rig r;

	begin(&r, 1, 1);
	trials(&r, 0, 2, TRIAL_FAILED);
	ck_assert_int_eq(tally_trials(&r.scopes.all[0].silent), 2);
	ck_assert_int_eq(tally_failures(&r.scopes.all[0].silent), 0);
	end(&r);
}

TEST(each_epoch_halves_alpha_in_every_scope)
{
	struct plan p;

	fixture_plan(&p);
	for (int64_t epoch = 0; epoch < 4; epoch++) {
		SCOPED(scopes_fini)
		struct scopes s = {0};
		double share = 1;

		for (int64_t i = 0; i < epoch; i++)
			share /= 2;
		scopes_init(&s, &p);
		scopes_set_epoch(&s, epoch);
		for (size_t i = 0; i < s.n; i++) {
			double w = s.all[i].weight * share;

			ck_assert_double_eq(
				s.all[i].failed.table->log_bound,
				stats_log_bound(p.gate.alpha_ppm, w));
			ck_assert_double_eq(
				s.all[i].silent.table->log_bound,
				stats_log_bound(p.gate.alpha_silent_ppm, w));
		}
	}
	plan_fini(&p);
}

TEST(a_very_late_epoch_can_still_halt)
{
	SCOPED(scopes_fini)
	struct scopes s = {0};
	struct plan p;

	fixture_plan(&p);
	scopes_init(&s, &p);
	scopes_set_epoch(&s, NUM_JSON_MAX);
	ck_assert_int_gt(stats_table_bound(s.all[0].failed.table, 1000), 0);
	plan_fini(&p);
}
