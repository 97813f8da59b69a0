#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

TEST(an_export_is_a_page_a_line_until_there_is_no_next)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts/7/export?limit=1000&after=0",
	               200, "{\"first\":0,\"next\":1000}"),
		CANNED("GET",
	               "/v1/admin/rollouts/7/export?limit=1000&after=1000", 200,
	               "{\"first\":1000,\"next\":null}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout export 7"), CLI_OK);
	ck_assert_str_eq(o.tool.out, "{\"first\":0,\"next\":1000}\n"
	                             "{\"first\":1000,\"next\":null}\n");
}

TEST(a_server_that_does_not_get_on_is_not_asked_for_ever)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/rollouts/7/export?limit=1000&after=0",
	               200, "{\"next\":0}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run(&o, "rollout export 7"), CLI_FAILED);
}
