#include "config.h"

#include "lib/base/mem.h"
#include "sim/commands.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <inttypes.h>
#include <string.h>

/* The table at the foot of rollout-rules.md: p0 = 2 %, α = 5 %. */
static const int64_t published_n[8] = {5, 10, 20, 50, 100, 200, 500, 1000};
static const struct {
	const char *weight;
	const char *log_bound;
	int64_t s[8]; /* halt at s of n */
} published[] = {
	{"1", "2.9957", {2, 3, 4, 6, 8, 12, 21, 36}},
	{"0.25", "4.3820", {3, 4, 4, 6, 9, 13, 23, 38}},
	{"1/36", "6.5793", {3, 4, 5, 8, 10, 15, 26, 41}},
};

#define ROWS_MAX 100

struct rows {
	int64_t failures[ROWS_MAX], from[ROWS_MAX], to[ROWS_MAX];
	size_t n;
};

/* Every line of the answer that is a row. */
static void read_rows(struct rows *r, char *answer)
{
	char *rest = answer, *line;

	r->n = 0;
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t i = r->n;

		ck_assert_uint_lt(i, ROWS_MAX);
		if (sscanf(line,
		           "halt at %" SCNd64 " failures of %" SCNd64
		           " to %" SCNd64,
		           &r->failures[i], &r->from[i], &r->to[i]) == 3)
			r->n++;
	}
}

/* s*(n); -1 when no row has it. */
static int64_t bound(const struct rows *r, int64_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->from[i] <= n && n <= r->to[i])
			return r->failures[i];
	return -1;
}

TEST(the_published_table_comes_out)
{
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		struct tool t;
		struct rows r;

		tool_init(&t, &commands_pawl_sim);
		ASSERT_EXIT(&t,
		            tool_line(&t,
		                      "boundary --p0 0.02 --alpha 0.05 "
		                      "--weight %s",
		                      published[i].weight),
		            CLI_OK);
		ASSERT_PRINTS(&t, published[i].log_bound);
		read_rows(&r, t.out);
		for (size_t k = 0; k < ARRAY_LEN(published_n); k++)
			ck_assert_int_eq(bound(&r, published_n[k]),
			                 published[i].s[k]);
		tool_fini(&t);
	}
}

TEST(the_rows_follow_each_other_up_to_the_last_device)
{
	struct tool t;
	struct rows r;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t,
	            tool_line(&t, "boundary --p0 2%% --alpha 50000ppm "
	                          "--max 400"),
	            CLI_OK);
	read_rows(&r, t.out);
	ck_assert_int_eq(r.from[0], 2);
	for (size_t i = 1; i < r.n; i++) {
		ck_assert_int_eq(r.failures[i], r.failures[i - 1] + 1);
		ck_assert_int_eq(r.from[i], r.to[i - 1] + 1);
	}
	ck_assert_int_le(r.from[r.n - 1], 400);
	ck_assert_int_ge(r.to[r.n - 1], 400);
	tool_fini(&t);
}

TEST(a_low_weight_begins_with_more_failures_than_two)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t,
	            tool_line(&t, "boundary --p0 0.02 --alpha 0.05 "
	                          "--weight 1/1000 --max 30"),
	            CLI_OK);
	ASSERT_PRINTS(&t, "\n\nhalt at 4 failures of 4 to 6\n");
	tool_fini(&t);
}

TEST(the_table_as_json)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t,
	            tool_line(&t, "boundary --p0 0.02 --alpha 0.05 --max 15 "
	                          "--json"),
	            CLI_OK);
	ck_assert_str_eq(
		t.out,
		"{\"p0\":0.020000,\"alpha\":0.050000,\"weight\":1.000000000,"
		"\"log_bound\":2.995732274,\"max\":15,\"rows\":["
		"{\"failures\":2,\"from\":2,\"to\":5},"
		"{\"failures\":3,\"from\":6,\"to\":15}]}\n");
	tool_fini(&t);
}

TEST(a_million_rows_at_the_widest_fit)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t,
	            tool_line(&t, "boundary --p0 0.9 --alpha 0.5 "
	                          "--max 1000000 --json"),
	            CLI_OK);
	ASSERT_PRINTS(&t, "]}\n");
	tool_fini(&t);
}

TEST(a_wrong_command_line_names_what_was_found_and_needed)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"boundary --alpha 0.05", "boundary needs --p0 SHARE"},
		{"boundary --p0 0.02", "boundary needs --alpha SHARE"},
		{"boundary --p0 0 --alpha 0.05",
	         "--p0: '0' is not within 1e-06 to 0.9"},
		{"boundary --p0 0.95 --alpha 0.05",
	         "--p0: '0.95' is not within 1e-06 to 0.9"},
		{"boundary --p0 0.02 --alpha 0.51",
	         "--alpha: '0.51' is not within 1e-06 to 0.5"},
		{"boundary --p0 0.02 --alpha 0.05 --max 1",
	         "--max: '1' is not within 2 to 1000000"},
		{"boundary --p0 0.02 --alpha 0.05 --weight 0",
	         "--weight: '0' is not within 1e-06 to 1"},
		{"boundary --p0 0.02 --alpha 0.05 here",
	         "'here' is one argument too many"},
	};
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ASSERT_EXIT(&t, tool_line(&t, "%s", wrong[i].line), CLI_USAGE);
		ASSERT_COMPLAINS(&t, wrong[i].says);
		ck_assert_str_eq(t.out, "");
	}
	tool_fini(&t);
}
