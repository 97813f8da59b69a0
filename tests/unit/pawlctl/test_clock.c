#include "config.h"

#include "tests/unit/pawlctl/operator.h"

#include <string.h>

TEST(a_clock_is_confirmed_with_a_reason_and_after_a_question)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/clock/confirm", 200,
	               "{\"ready\":true,\"trouble\":[],\"advice\":[],"
	               "\"warnings\":[]}"),
		CANNED("POST", "/v1/admin/clock/confirm", 409,
	               "{\"code\":\"clock_fine\",\"detail\":\"the wall clock "
	               "is not in doubt\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "clock confirm -y"),
	            CLI_USAGE);
	ASSERT_EXIT(&o.tool,
	            operator_run_more(&o, "clock confirm -y -r battery"),
	            CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "signs by its clock again");
	ck_assert_str_eq(canned_request(o.server, 0)->body,
	                 "{\"reason\":\"battery\"}");
	ASSERT_EXIT(&o.tool, operator_run(&o, "clock confirm -y -r again"), 5);
	ASSERT_COMPLAINS(&o.tool, "not in doubt");
}
