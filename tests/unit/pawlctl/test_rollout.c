#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"
#include "tests/unit/pawlctl/rollout.h"

#include <string.h>

#define RUNNING ROLLOUT("running", "0", "11", "")
#define CATALOG                                                             \
	"{\"products\":[{\"product\":\"coat\",\"releases\":[],\"plans\":["  \
	"{\"path\":\"plan/coat/june.2.json\",\"id\":\"june\",\"rev\":2},"   \
	"{\"path\":\"plan/coat/june.10.json\",\"id\":\"june\",\"rev\":10}," \
	"{\"path\":\"plan/coat/june.9.json\",\"id\":\"june\",\"rev\":9},"   \
	"{\"path\":\"plan/coat/both.1.json\",\"id\":\"both\",\"rev\":1}]}," \
	"{\"product\":\"hat\",\"releases\":[],\"plans\":["                  \
	"{\"path\":\"plan/hat/both.3.json\",\"id\":\"both\",\"rev\":3}]}]}"

TEST(rollouts_are_listed_with_stage_and_counts)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts", 200,
	               "{\"rollouts\":[" RUNNING "]}"),
		CANNED("GET", "/v1/admin/rollouts", 200, "{\"rollouts\":[]}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout list"), CLI_OK);
	ck_assert_str_eq(
		o.tool.out,
		"KEY  PRODUCT  VERSION  PLAN  REV  STATE    STAGE   CONFIRMED  "
		"FAILED  OPEN  SILENT\n"
		"7    coat     1.2.0    x       1  running  1/2 1%         11  "
		"     4     3       0\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout list"), CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "pawlctl rollout start");
}

TEST(a_rollout_is_shown_with_cells_bounds_and_evidence)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts/7", 200,
	               ROLLOUT("halted", "1", "11",
	                       ROLLOUT_HALT "," ROLLOUT_HALT_BY_HAND)),
	};
	static const char *const says[] = {
		"rollout 7: coat 1.2.0 (install), plan/coat/x.1.json\n",
		"halted, stage 2 of 2 (100%), confirmed 11, failed 4, open 3, "
		"silent 0\n",
		"waits for    soak until 01:00\n",
		"       1     1%    1h  2026-03-01T00:00:00Z\n",
		">      2   100%    6h  2026-03-02T00:00:00Z\n",
		"HW  REGION  TRIALS  OPEN  CONFIRMED  FAILED  BOUND  OVERDUE  "
		"SILENT\n",
		"a1  eu          10     1          9       0      4        1  "
		"     0  ON HOLD\n",
		"a1  us           8     2          2       4      4        0  "
		"     0  HALTED\n",
		"\non hold a1/eu since 2026-03-01T00:05:00Z\n"
		"  a1/eu: 3 too late\n",
		"halted a1/us at 2026-03-01T00:10:00Z by itself\n"
		"  cell a1/us: 4 failures in 8 trials\n"
		"  4 failures in 8 trials; the bound is 4 (cell, p0 2%, alpha "
		"5%, weight 25%)\n"
		"  first devices: 00aa,00bb\n",
		"halted all cells at 2026-03-01T00:20:00Z by alice\n"
		"  halted by hand: recall\n",
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout show 7"), CLI_OK);
	for (size_t i = 0; i < ARRAY_LEN(says); i++)
		ASSERT_PRINTS(&o.tool, says[i]);
	/* An operator needs no statistics. */
	ck_assert_ptr_null(strstr(o.tool.out, "0 failures"));
}

TEST(a_rollout_before_its_first_stage_or_grant_is_shown_too)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts/7", 200,
	               "{\"key\":7,\"state\":\"running\",\"stage\":0,"
	               "\"stages\":[],"
	               "\"cells\":[],\"halts\":[]}"),
		CANNED("GET", "/v1/admin/rollouts/8", 404,
	               "{\"code\":\"not_found\",\"detail\":\"rollout 8: there "
	               "is "
	               "none\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout show 7"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "rollout 7: - - (-), -\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout show 8"), CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "rollout 8: there is none (not_found)");
}

TEST(a_rollout_starts_by_path_or_by_id_at_its_highest_revision)
{
	static const struct {
		const char *given, *sent;
	} rows[] = {
		{"plan/coat/june.2.json", "plan/coat/june.2.json"},
		{"june", "plan/coat/june.10.json"},
		{"coat/june", "plan/coat/june.10.json"},
		{"hat/both", "plan/hat/both.3.json"},
	};
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/catalog", 200, CATALOG, .again = true),
		CANNED("POST", "/v1/admin/rollouts", 201, RUNNING,
	               .again = true),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool,
		            operator_run(&o, "rollout start %s -r go",
		                         rows[i].given),
		            CLI_OK);
		ck_assert_str_eq(canned_find(o.server, "POST", NULL)->body,
		                 test_keep(xasprintf(
					 "{\"reason\":\"go\",\"plan\":\"%s\"}",
					 rows[i].sent)));
		ASSERT_PRINTS(&o.tool, "rollout 7: running, stage 1 of 2 (1%)");
	}
}

TEST(a_plan_id_that_is_none_or_two_is_refused)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/catalog", 200, CATALOG, .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout start jun -r x"),
	            CLI_NOT_FOUND);
	ASSERT_COMPLAINS(&o.tool, "did you mean 'june'?");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "rollout start both -r x"),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "in products coat and hat");
	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout start hat/june -r x"),
	            CLI_NOT_FOUND);
	ck_assert_uint_eq(canned_count(o.server, "POST", NULL), 0);
}

TEST(a_start_says_how_many_devices_it_takes_over)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/rollouts", 201,
	               "{\"key\":8,\"state\":\"running\",\"takes_over\":15}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "rollout start plan/coat/x.1.json -r x"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "takes over 15 devices");
}

TEST(a_rollout_shows_whose_devices_it_takes_and_who_takes_its_own)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts/8", 200,
	               "{\"key\":8,\"state\":\"running\",\"stage\":0,"
	               "\"stages\":[],\"cells\":[],\"halts\":[],"
	               "\"takes\":[{\"rollout\":6,\"devices\":15}],"
	               "\"loses\":[{\"rollout\":9,\"devices\":2}],"
	               "\"recalled_by\":10}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout show 8"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "takes 15 devices of rollout 6, which has not");
	ASSERT_PRINTS(&o.tool, "loses 2 devices to rollout 9, which stands");
	ASSERT_PRINTS(&o.tool, "recalled by rollout 10\n");
}

TEST(every_change_carries_its_reason)
{
	static const struct {
		const char *line, *path, *body;
	} rows[] = {
		{"rollout pause 7 -r slow", "/v1/admin/rollouts/7/pause",
	         "{\"reason\":\"slow\"}"},
		{"rollout resume 7 --reason=ok", "/v1/admin/rollouts/7/resume",
	         "{\"reason\":\"ok\"}"},
		{"rollout promote 7 -r good", "/v1/admin/rollouts/7/promote",
	         "{\"reason\":\"good\"}"},
		{"rollout retry 7 -r again", "/v1/admin/rollouts/7/retry",
	         "{\"reason\":\"again\",\"hw\":\"*\",\"region\":\"*\"}"},
		{"rollout retry 7 --cell a1/us -r again",
	         "/v1/admin/rollouts/7/retry",
	         "{\"reason\":\"again\",\"hw\":\"a1\",\"region\":\"us\"}"},
		{"rollout exclude 7 00ab -r bench",
	         "/v1/admin/rollouts/7/exclude",
	         "{\"reason\":\"bench\",\"device\":\"00ab\"}"},
		{"rollout include 7 00ab -r back",
	         "/v1/admin/rollouts/7/include",
	         "{\"reason\":\"back\",\"device\":\"00ab\"}"},
		{"rollout halt 7 -r bad", "/v1/admin/rollouts/7/halt",
	         "{\"reason\":\"bad\",\"hw\":\"*\",\"region\":\"*\"}"},
		{"rollout halt 7 --hw a1 --region us -r bad",
	         "/v1/admin/rollouts/7/halt",
	         "{\"reason\":\"bad\",\"hw\":\"a1\",\"region\":\"us\"}"},
	};
	static const struct canned_answer script[] = {
		CANNED("POST", NULL, 200, RUNNING, .again = true),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool, operator_run(&o, "%s", rows[i].line),
		            CLI_OK);
		ck_assert_uint_eq(canned_n_requests(o.server), 1);
		ck_assert_str_eq(canned_request(o.server, 0)->path,
		                 rows[i].path);
		ck_assert_str_eq(canned_request(o.server, 0)->body,
		                 rows[i].body);
	}
}

TEST(a_change_without_a_reason_is_not_asked_for)
{
	static const char *const lines[] = {
		"rollout pause 7",
		"rollout resume 7",
		"rollout promote 7",
		"rollout halt 7",
		"rollout start x",
		"rollout pause -r x",
		"rollout pause 7 8 -r x",
		"rollout retry 7",
		"rollout exclude 7 -r x",
		"rollout include 7 00ab",
		"rollout retry 7 --cell a1 -r x",
	};
	static const struct canned_answer none[] = {{.status = 200}};
	OPERATOR(o, none);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ASSERT_EXIT(&o.tool, operator_run_more(&o, "%s", lines[i]),
		            CLI_USAGE);
	canned_stop(o.server);
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}

TEST(a_change_that_came_too_late_is_a_conflict)
{
	static const struct canned_answer script[] = {
		CANNED("POST", NULL, 409,
	               "{\"code\":\"not_paused\",\"detail\":\"rollout 7: is "
	               "halted, "
	               "a paused one is needed\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout resume 7 -r x"),
	            CLI_CONFLICT);
	ck_assert_str_eq(o.tool.err, "pawlctl: rollout 7: is halted, a paused "
	                             "one is needed (not_paused)\n");
}
