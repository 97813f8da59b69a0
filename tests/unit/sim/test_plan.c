#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "sim/commands.h"
#include "tests/support/plan_fixture.h"
#include "tests/support/runner.h"
#include "tests/support/tool.h"

#include <string.h>

#define FLEET(fail_ppm)                                                \
	"{\"download_s\":600,\"boot_s\":60,\"cells\":[{\"hw\":\"a7\"," \
	"\"region\":\"eu\",\"devices\":200,\"poll_s\":3600,"           \
	"\"fail_ppm\":" fail_ppm ",\"brick_ppm\":0,\"silent_ppm\":0}]}"

static void put(const char *name, const char *text)
{
	struct err e = {0};

	ASSERT_OK(fs_write(test_path(name), text, strlen(text), 0644, &e));
}

static void begin(struct tool *t)
{
	SCOPED(plan_fini)
	struct plan p = {0};
	SCOPED(free)
	char *text = NULL;

	tool_init(t, &commands_pawl_sim);
	fixture_plan(&p);
	fixture_narrow(&p, 1, 2);
	p.stages[2].soak_s = 2 * FIXTURE_DAY_S;
	text = fixture_plan_text(&p);
	put("plan.json", text);
	put("well.json", FLEET("0"));
	put("sick.json", FLEET("1000000"));
	put("wrong.json", FLEET("-1"));
}

static int ask(struct tool *t, const char *fleet, const char *more)
{
	return tool_line(t, "plan %s --fleet %s --runs 5 %s",
	                 test_path("plan.json"), test_path(fleet), more);
}

TEST(a_forecast_names_stages_and_cells)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, ask(&t, "well.json", ""), CLI_OK);
	ASSERT_PRINTS(&t, "spring.1: 200 devices; 5 runs, seed 1\n");
	ASSERT_PRINTS(&t, "p_halt            0.0000  0.0000 to 0.5218\n");
	ASSERT_PRINTS(&t, "p_complete        1.0000  0.4782 to 1.0000\n");
	ASSERT_PRINTS(&t, "mean_exposed      200.00  200.00 to 200.00\n");
	ASSERT_PRINTS(&t, "    3  100.00%     200.0        5    48.0      0.00"
	                  "     179.");
	ASSERT_PRINTS(&t, "    200  0.0000       -      0.00     200.0  "
	                  "a7/eu\n");
	ASSERT_PRINTS(&t, "\n    1       2.0  its soak; 184 devices would be "
	                  "judged\n");
	ASSERT_PRINTS(&t, "\n    3     200.0  the end of its watch\n");
	/* 0.99^200 */
	ASSERT_PRINTS(&t, "  0.1340  0.0000  0.0000  a7/eu\n");
	/* The cell without devices is left out. */
	ck_assert_ptr_null(strstr(t.out, "a7/jp"));
	tool_fini(&t);
}

TEST(a_sick_release_is_forecast_to_halt)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, ask(&t, "sick.json", ""), CLI_OK);
	ASSERT_PRINTS(&t, "p_halt            1.0000  ");
	ASSERT_PRINTS(&t, "p_false_halt      0.0000  ");
	/* It halts where there are devices, and completes where none are. */
	ASSERT_PRINTS(&t, "p_complete        1.0000  ");
	ASSERT_PRINTS(&t, "    200  1.0000 ");
	tool_fini(&t);
}

TEST(a_forecast_as_json)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, ask(&t, "well.json", "--json --seed 9"), CLI_OK);
	ASSERT_PRINTS(&t, "{\"p_halt\":0.000000,\"p_halt_95\":[0.000000,");
	ASSERT_PRINTS(&t, "\"p_false_halt\":0.000000,");
	ASSERT_PRINTS(&t, "\"p_complete\":1.000000,");
	ASSERT_PRINTS(&t, "\"mean_failed\":0.0000,\"mean_failed_95\":"
	                  "[0.0000,0.0000],\"mean_exposed\":200.0000,");
	ASSERT_PRINTS(&t, "\"stages\":[{\"stage\":0,\"ppm\":10000,"
	                  "\"devices\":2.0,\"judged_from\":184,"
	                  "\"judged_failed_max\":null,\"p_reached\":1.000000,");
	ASSERT_PRINTS(&t, "\"cells\":[{\"hw\":\"a7\",\"region\":\"eu\","
	                  "\"devices\":200,\"p_empty\":[0.133980,0.000000,"
	                  "0.000000],\"p_halt\":0.000000,");
	ASSERT_PRINTS(&t, "\"halt_hours\":null}],\"rule\":\"eprocess\","
	                  "\"plan\":\"spring\",\"rev\":1,\"devices\":200,"
	                  "\"outside\":0,\"away\":0,\"runs\":5,"
	                  "\"seed\":9}\n");
	tool_fini(&t);
}

TEST(the_same_seed_forecasts_the_same_bytes)
{
	struct tool t, other;

	begin(&t);
	begin(&other);
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--json"), CLI_OK);
	ASSERT_EXIT(&other, ask(&other, "sick.json", "--json"), CLI_OK);
	ck_assert_str_eq(t.out, other.out);
	tool_fini(&t);
	tool_fini(&other);
}

TEST(a_forecast_without_its_files_is_refused)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, tool_line(&t, "plan %s", test_path("plan.json")),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&t, "plan needs --fleet FILE");
	ASSERT_EXIT(&t,
	            tool_line(&t, "plan --fleet %s", test_path("well.json")),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&t, "plan needs either a FILE or --template NAME");
	ASSERT_EXIT(&t, ask(&t, "well.json", "--template fast"), CLI_USAGE);
	ASSERT_EXIT(&t, ask(&t, "nobody.json", ""), CLI_NOT_FOUND);
	ASSERT_EXIT(&t, ask(&t, "wrong.json", ""), CLI_FAILED);
	ASSERT_COMPLAINS(&t, "cells[0].fail_ppm: -1 is not within");
	ASSERT_EXIT(&t, ask(&t, "plan.json", ""), CLI_FAILED);
	ASSERT_EXIT(&t,
	            tool_line(&t, "plan %s --fleet %s", test_path("well.json"),
	                      test_path("well.json")),
	            CLI_FAILED);
	ck_assert_str_eq(t.out, "");
	tool_fini(&t);
}

static int by_template(struct tool *t, const char *more)
{
	return tool_line(t, "plan --template %s --runs 5 --fleet %s", more,
	                 test_path("well.json"));
}

TEST(a_template_is_forecast_over_all_cells_of_a_fleet)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, by_template(&t, "cautious"), CLI_OK);
	ASSERT_PRINTS(&t, "cautious.1: 200 devices; 5 runs, seed 1\n");
	/* 6 h, 12 h, a day, and a week of watch. */
	ASSERT_PRINTS(&t, "finish_hours      210.00  210.00 to 210.00\n");
	ASSERT_EXIT(&t, by_template(&t, "hotfix"), CLI_OK);
	ASSERT_PRINTS(&t, "hotfix.1: 200 devices");
	ASSERT_EXIT(&t, by_template(&t, "slow"), CLI_USAGE);
	tool_fini(&t);
}

TEST(what_fails_is_assumed_beside_the_fleet)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, ask(&t, "well.json", "--fail 100%"), CLI_OK);
	ASSERT_PRINTS(&t, "p_halt            1.0000  ");
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--fail a7/eu=0%"), CLI_OK);
	ASSERT_PRINTS(&t, "p_halt            0.0000  ");
	ASSERT_EXIT(&t, ask(&t, "well.json", "--silent 0.5 --brick */eu=1%"),
	            CLI_OK);
	ASSERT_EXIT(&t, ask(&t, "well.json", "--fail 60% --brick 60%"),
	            CLI_FAILED);
	ASSERT_COMPLAINS(&t, "a7/eu: 60% would fail aloud and 60% brick");
	tool_fini(&t);
}

TEST(an_assumption_about_no_device_is_refused)
{
	static const char *const wrong[] = {
		"--fail a7/jp=10%", "--fail z9/*=10%", "--fail a7=10%",
		"--fail =10%",      "--fail a7/eu=",   "--fail a7/eu=101%",
		"--fail a7/eu/x=1", "--brick A7/eu=1", "--silent ten",
	};
	struct tool t;

	begin(&t);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		ASSERT_EXIT(&t, ask(&t, "well.json", wrong[i]), CLI_USAGE);
	tool_fini(&t);
}

TEST(a_peers_rule_is_run_over_the_same_plan_and_fleet)
{
	struct tool t;

	begin(&t);
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--rule percent --json"), CLI_OK);
	ASSERT_PRINTS(&t, "\"p_halt\":1.000000,");
	ASSERT_PRINTS(&t, "\"rule\":\"percent\",");
	/* It stops at the first failure: what reports later was under way. */
	ASSERT_PRINTS(&t, "\"mean_failed\":1.");
	ASSERT_EXIT(&t,
	            ask(&t, "sick.json", "--rule percent-min --min 150 --json"),
	            CLI_OK);
	ASSERT_PRINTS(&t, "\"mean_failed\":15");
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--rule hawkbit --p0 50%"),
	            CLI_OK);
	ASSERT_PRINTS(&t, "\nrule hawkbit, more than 50%\n");
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--rule hawkbit --p0 0.5%"),
	            CLI_USAGE);
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--min 5"), CLI_USAGE);
	ASSERT_EXIT(&t, ask(&t, "sick.json", "--p0 5%"), CLI_USAGE);
	tool_fini(&t);
}

TEST(devices_that_are_off_finish_later)
{
	static const char habits[] =
		"{\"download_s\":600,\"boot_s\":60,\"cells\":[{\"hw\":\"a7\","
		"\"region\":\"eu\",\"devices\":200,\"poll_s\":3600,"
		"\"off_ppm\":800000,\"off_s\":400000,"
		"\"poll_spread_ppm\":200000}]}";
	struct tool t;

	begin(&t);
	put("off.json", habits);
	ASSERT_EXIT(&t, ask(&t, "off.json", "--json"), CLI_OK);
	/* Off most of the time, so that within the plan's four days not all
	 * came. */
	ck_assert_ptr_null(strstr(t.out, "\"mean_exposed\":200.0000"));
	ASSERT_PRINTS(&t, "\"mean_exposed\":1");
	tool_fini(&t);
}
