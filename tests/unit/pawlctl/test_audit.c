#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

#define PAGE                                                                \
	"{\"audit\":[{\"number\":12,\"at\":\"2026-03-01T00:00:00Z\","       \
	"\"actor\":\"5d0c96a1f2e84b73\",\"actor_name\":\"alice "            \
	"(revoked)\",\"action\":\"rollout.halt\",\"object\":\"7\","         \
	"\"reason\":\"phones\\nring\",\"request_id\":\"r1\",\"detail\":{}}" \
	"],\"next\":12}"

TEST(the_audit_list_shows_who_did_what_and_why)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/audit?limit=20", 200, PAGE),
		CANNED("GET", "/v1/admin/audit?limit=5&before=12", 200, PAGE),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "audit list"), CLI_OK);
	ck_assert_str_eq(
		o.tool.out,
		"NUMBER  AT                    ACTOR            ACTION        "
		"OBJECT  REASON\n"
		"    12  2026-03-01T00:00:00Z  alice (revoked)  rollout.halt  "
		"7       phones ring\n");
	ck_assert_str_eq(o.tool.err, "there are more: --before 12\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "audit list -n 5 --before 12 -q"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.err, "");
}

TEST(a_server_that_says_no_names_is_shown_with_ids)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/audit?limit=20", 200,
	               "{\"audit\":[{\"number\":1,\"at\":\"2026-03-01T00:00:"
	               "00Z\","
	               "\"actor\":\"engine\",\"action\":"
	               "\"rollout.halt\",\"object\":\"7\",\"reason\":\"\","
	               "\"request_id\":\"\",\"detail\":{}}],\"next\":null}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "audit list"), CLI_OK);
	ck_assert_ptr_nonnull(strstr(o.tool.out, "Z  engine  rollout.halt"));
}

TEST(the_audit_list_wants_numbers)
{
	static const struct canned_answer none[] = {{.status = 200}};
	OPERATOR(o, none);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "audit list --limit 0"),
	            CLI_USAGE);
	ASSERT_EXIT(&o.tool, operator_run(&o, "audit list --before x"),
	            CLI_USAGE);
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}
