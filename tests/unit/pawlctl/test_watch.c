#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"
#include "tests/unit/pawlctl/rollout.h"

#include <string.h>

#define AT "/v1/admin/rollouts/7"
#define BUSY "{\"code\":\"busy\",\"detail\":\"starting\"}"

TEST(a_watch_ends_when_the_rollout_is_complete)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", "")),
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", "")),
		CANNED("GET", AT, 200, ROLLOUT("paused", "1", "9", "")),
		CANNED("GET", AT, 200, ROLLOUT("completed", "1", "14", "")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"), CLI_OK);
	ck_assert_uint_eq(canned_n_requests(o.server), 4);
	ck_assert_int_eq(o.waited_ms, 3 * 2000);
	/* What did not change is not said again. */
	ck_assert_str_eq(
		o.tool.out,
		"2026-03-01T00:00:00Z running, stage 1 of 2 (1%), confirmed "
		"5, failed 4, open 3, silent 0; soak until 01:00\n"
		"2026-03-01T00:00:04Z paused, stage 2 of 2 (100%), confirmed "
		"9, failed 4, open 3, silent 0; soak until 01:00\n"
		"2026-03-01T00:00:06Z completed, stage 2 of 2 (100%), "
		"confirmed 14, failed 4, open 3, silent 0; soak until "
		"01:00\n");
}

TEST(a_watch_shows_each_halt_once_and_fails_when_all_is_halted)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200,
	               ROLLOUT("running", "0", "5", ROLLOUT_HALT)),
		CANNED("GET", AT, 200,
	               ROLLOUT("running", "0", "6", ROLLOUT_HALT)),
		CANNED("GET", AT, 200,
	               ROLLOUT("halted", "0", "6",
	                       ROLLOUT_HALT "," ROLLOUT_HALT_BY_HAND)),
	};
	const char *halt;
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"), CLI_FAILED);
	ASSERT_COMPLAINS(&o.tool, "(halted)");
	halt = strstr(o.tool.out, "halted a1/us at");
	ck_assert_ptr_nonnull(halt);
	ck_assert_ptr_null(strstr(halt + 1, "halted a1/us at"));
	ASSERT_PRINTS(&o.tool, "  first devices: 00aa,00bb\n");
	ASSERT_PRINTS(&o.tool,
	              "halted all cells at 2026-03-01T00:20:00Z by alice\n");
}

TEST(a_watch_of_a_superseded_rollout_is_a_conflict)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, ROLLOUT("superseded", "0", "5", "")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"), CLI_CONFLICT);
	ASSERT_COMPLAINS(&o.tool, "(superseded)");
}

TEST(a_watch_gives_up_after_its_time)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", ""),
	               .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "rollout watch 7 --timeout 25s "
	                             "--interval 10s"),
	            CLI_FAILED);
	ASSERT_COMPLAINS(&o.tool, "still running after 25s (timeout)");
	/* 0, 10, 20 and, for the last time, 25. */
	ck_assert_int_eq(o.waited_ms, 25000);
	ck_assert_uint_eq(canned_n_requests(o.server), 4);
}

TEST(a_watch_outlives_a_restart_of_the_server)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", "")),
		CANNED("GET", AT, 0, NULL, .fault = CANNED_MUTE),
		CANNED("GET", AT, 503, BUSY),
		CANNED("GET", AT, 502, "<html>"),
		CANNED("GET", AT, 504, ""),
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", "")),
		CANNED("GET", AT, 503, BUSY),
		CANNED("GET", AT, 503, BUSY),
		CANNED("GET", AT, 503, BUSY),
		CANNED("GET", AT, 503, BUSY),
		CANNED("GET", AT, 200, ROLLOUT("completed", "1", "9", "")),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"), CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "starting (busy); asking again\n");
	ck_assert_uint_eq(canned_n_requests(o.server), 11);
}

TEST(a_watch_ends_when_the_server_stays_away)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, ROLLOUT("running", "0", "5", "")),
		CANNED("GET", AT, 0, NULL, .fault = CANNED_MUTE, .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"),
	            CLI_UNREACHABLE);
	ck_assert_uint_eq(canned_n_requests(o.server), 6);
}

TEST(a_watch_does_not_ask_again_what_was_refused)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 403,
	               "{\"code\":\"scope\",\"detail\":\"no\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"),
	            CLI_PERMISSION);
	ck_assert_uint_eq(canned_n_requests(o.server), 1);
}

TEST(a_watch_knows_every_state_or_ends)
{
	static const char *const bodies[] = {
		"{\"halts\":[]}", "{\"state\":\"dancing\\u001b\",\"halts\":[]}",
		"{\"state\":\"running\"}"};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct canned_answer script[] = {
			CANNED("GET", AT, 200, bodies[i]),
		};
		OPERATOR(o, script);

		ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7"),
		            CLI_FAILED);
		ck_assert_ptr_null(strchr(o.tool.err, '\033'));
	}
}

TEST(a_watch_in_json_is_a_line_for_every_change)
{
	static const struct canned_answer script[] = {
		CANNED("GET", AT, 200, "{\"state\":\"running\", \"n\":1}"),
		CANNED("GET", AT, 200, "{\"state\":\"running\",\"n\":1}"),
		CANNED("GET", AT, 200, "{\"state\":\"completed\",\"n\":2}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout watch 7 --json"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, "{\"state\":\"running\",\"n\":1}\n"
	                             "{\"state\":\"completed\",\"n\":2}\n");
}
