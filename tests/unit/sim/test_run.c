#include "config.h"

#include "lib/base/mem.h"
#include "sim/commands.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <string.h>

#define TEN_PERCENT                                                     \
	"run --stage 1000 --p 0.10 --p0 0.02 --alpha 0.05 --runs 2000 " \
	"--seed 1"

/* The figure of this name in an answer of JSON. */
static double figure(const struct tool *t, const char *name)
{
	char key[40];
	const char *at;

	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(t->out, key);
	ck_assert_msg(at != NULL, "no %s in: %s", key, t->out);
	return strtod(at + strlen(key), NULL);
}

static void run(struct tool *t, const char *p, const char *rule)
{
	ASSERT_EXIT(t,
	            tool_run(t, "run", "--p", p, "--p0", "0.02", "--alpha",
	                     "0.05", "--rule", rule, "--json", NULL),
	            CLI_OK);
}

TEST(ten_percent_failing_are_always_halted_after_five_or_six)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t, tool_line(&t, TEN_PERCENT " --json"), CLI_OK);
	ck_assert_double_eq(figure(&t, "p_halt"), 1);
	ck_assert_double_le(figure(&t, "mean_failed"), 5.5);
	ck_assert_double_eq_tol(figure(&t, "mean_exposed"), 54, 3);
	ck_assert_int_eq(strncmp(t.out,
	                         "{\"p_halt\":1.000000,"
	                         "\"p_halt_95\":[0.998157,1.000000],"
	                         "\"mean_failed\":",
	                         60),
	                 0);
	ASSERT_PRINTS(&t, "],\"rule\":\"eprocess\",\"p\":0.100000,"
	                  "\"p0\":0.020000,\"alpha\":0.050000,"
	                  "\"weight\":1.000000000,\"stage\":1000,"
	                  "\"runs\":2000,\"seed\":1}\n");
	tool_fini(&t);
}

TEST(the_goals_of_one_stage_are_reached)
{
	/* With the seed that is the default; no false alarms. */
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	run(&t, "0.01", "eprocess");
	ck_assert_double_le(figure(&t, "p_halt"), 0.005);
	run(&t, "0.02", "eprocess");
	ck_assert_double_le(figure(&t, "p_halt"), 0.05);
	run(&t, "0.30", "eprocess");
	ck_assert_double_eq(figure(&t, "p_halt"), 1);
	ck_assert_double_le(figure(&t, "mean_failed"), 2.8);
	tool_fini(&t);
}

TEST(the_peers_stand_beside_it)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	run(&t, "0.10", "hawkbit");
	ck_assert_double_eq(figure(&t, "mean_failed"), 21);
	run(&t, "0.01", "percent");
	ck_assert_double_ge(figure(&t, "p_halt"), 0.4);
	run(&t, "1", "percent-min");
	ck_assert_double_eq(figure(&t, "mean_failed"), 100);
	ASSERT_PRINTS(&t, "\"min\":100");
	ck_assert_ptr_null(strstr(t.out, "alpha"));
	tool_fini(&t);
}

TEST(the_same_seed_prints_the_same_bytes)
{
	struct tool t, other;

	tool_init(&t, &commands_pawl_sim);
	tool_init(&other, &commands_pawl_sim);
	ASSERT_EXIT(&t, tool_line(&t, TEN_PERCENT " --json"), CLI_OK);
	ASSERT_EXIT(&other, tool_line(&other, TEN_PERCENT " --json"), CLI_OK);
	ck_assert_str_eq(t.out, other.out);
	tool_fini(&t);
	tool_fini(&other);
}

TEST(in_words_each_figure_has_its_interval)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t, tool_line(&t, TEN_PERCENT), CLI_OK);
	ASSERT_PRINTS(&t, "eprocess, p0 2%, alpha 5%, weight 1; 10% fail; "
	                  "2000 runs of a stage of 1000, seed 1\n");
	ASSERT_PRINTS(&t, "p_halt         1.0000  0.9982 to 1.0000\n");
	ASSERT_PRINTS(&t, "mean_failed ");
	ASSERT_PRINTS(&t, "mean_exposed ");
	ASSERT_EXIT(&t,
	            tool_line(&t, TEN_PERCENT " --rule percent-min --min 7"),
	            CLI_OK);
	ASSERT_PRINTS(&t, "percent-min, p0 2%, from 7 reports on; ");
	tool_fini(&t);
}

TEST(a_run_that_cannot_be_is_refused)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"run --p0 0.02 --alpha 0.05", "run needs --p SHARE"},
		{TEN_PERCENT " --rule hawkbits",
	         "--rule: 'hawkbits' is none of eprocess, hawkbit, percent, "
	         "percent-min (did you mean 'hawkbit'?)"},
		{TEN_PERCENT " --min 5",
	         "--min goes with --rule percent-min, not eprocess"},
		{"run --p 0.1 --p0 0.025 --alpha 0.05 --rule hawkbit",
	         "--rule hawkbit: p0 is 25000 ppm, whole percents"},
		{"run --p 1.1 --p0 0.02 --alpha 0.05",
	         "--p: '1.1' is not within 0 to 1"},
		{"run --p 0.1 --p0 0.02 --alpha 0.05 --runs 1",
	         "--runs: '1' is not within 2 to 1000000"},
		{"run --p 0.1 --p0 0.02 --alpha 0.05 --stage 0",
	         "--stage: '0' is not within 1 to 1000000"},
		{"run --p 0.1 --p0 0.02 --alpha 0.05 --seed -1",
	         "--seed: '-1'"},
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

TEST(help_names_what_there_is)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t, tool_line(&t, "--help"), CLI_OK);
	ASSERT_PRINTS(&t, "  boundary ");
	ASSERT_PRINTS(&t, "  run ");
	ASSERT_EXIT(&t, tool_line(&t, "rnu"), CLI_USAGE);
	ASSERT_COMPLAINS(&t, "did you mean 'run'?");
	tool_fini(&t);
}
