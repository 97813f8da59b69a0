#include "config.h"

#include "lib/base/mem.h"
#include "sim/commands.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <string.h>

static int ask(struct tool *t, const char *p0, const char *weight)
{
	return tool_run(t, "boundary", "--p0", p0, "--alpha", "0.05",
	                "--weight", weight, "--max", "2", "--json", NULL);
}

TEST(a_share_may_be_written_in_three_ways)
{
	static const struct {
		const char *text, *is;
	} shares[] = {
		{"0.02", "\"p0\":0.020000,"},
		{"2%", "\"p0\":0.020000,"},
		{"20000ppm", "\"p0\":0.020000,"},
		{"0.020000", "\"p0\":0.020000,"},
		{"0.000001", "\"p0\":0.000001,"},
		{"0.9", "\"p0\":0.900000,"},
		{"0.123456", "\"p0\":0.123456,"},
		{"0.5%", "\"p0\":0.005000,"},
	};
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		ASSERT_EXIT(&t, ask(&t, shares[i].text, "1"), CLI_OK);
		ASSERT_PRINTS(&t, shares[i].is);
	}
	tool_fini(&t);
}

TEST(what_is_no_share_is_refused_in_its_own_words)
{
	static const char *const wrong[] = {
		"",       ".02",       "0.",    "0,02",      "+0.02",
		"-0.02",  " 0.02",     "0.02 ", "00.02",     "2e-2",
		"0x1p-6", "nan",       "inf",   "0.02.0",    "0.0200000",
		"0.02 %", "20 000ppm", "two",   "0.0000001",
	};
	char says[80];
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ASSERT_EXIT(&t, ask(&t, wrong[i], "1"), CLI_USAGE);
		(void)snprintf(says, sizeof(says),
		               "--p0: '%s' is not a share like 0.02, 2%% or "
		               "20000ppm",
		               wrong[i]);
		ASSERT_COMPLAINS(&t, says);
	}
	tool_fini(&t);
}

TEST(a_weight_may_be_a_fraction)
{
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	ASSERT_EXIT(&t, ask(&t, "2%", "1/36"), CLI_OK);
	ASSERT_PRINTS(&t, "\"weight\":0.027777778,");
	ASSERT_EXIT(&t, ask(&t, "2%", "3/3"), CLI_OK);
	ASSERT_PRINTS(&t, "\"weight\":1.000000000,");
	ASSERT_EXIT(&t, ask(&t, "2%", "25%"), CLI_OK);
	ASSERT_PRINTS(&t, "\"weight\":0.250000000,");
	tool_fini(&t);
}

TEST(a_fraction_stays_within_one)
{
	static const char *const wrong[] = {
		"2/1",
		"0/2",
		"1/0",
		"/2",
		"1/",
		"-1/2",
		"1/2/3",
		"1.5/2",
		"1 /2",
		"1/1000001",
		"12345678901234567890/2",
		"01/2",
	};
	struct tool t;

	tool_init(&t, &commands_pawl_sim);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		ASSERT_EXIT(&t, ask(&t, "2%", wrong[i]), CLI_USAGE);
		ASSERT_COMPLAINS(&t, wrong[i]);
		ASSERT_COMPLAINS(&t, "is not a fraction A/B");
	}
	ASSERT_EXIT(&t, ask(&t, "1/50", "1"), CLI_USAGE);
	ASSERT_COMPLAINS(&t, "'1/50' is not a share");
	tool_fini(&t);
}
