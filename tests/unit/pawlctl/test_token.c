#include "config.h"

#include "lib/base/mem.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

TEST(a_token_is_asked_for_with_scopes_and_an_end)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/tokens", 201,
	               "{\"token\":\"po_NeW\",\"id\":\"9\"}", .again = true),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool,
	            operator_run_more(&o, "token new night --scope read,halt"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, "po_NeW\n");
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "token new night --scope read --scope "
	                             "halt --expires 2027-01-01T00:00:00Z "
	                             "-r shifts --json"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out, "{\"token\":\"po_NeW\",\"id\":\"9\"}\n");
	ck_assert_str_eq(canned_request(o.server, 0)->body,
	                 "{\"reason\":\"\",\"name\":\"night\",\"scopes\":["
	                 "\"read\",\"halt\"],\"expires\":"
	                 "\"2026-05-30T00:00:00Z\"}");
	ck_assert_str_eq(canned_request(o.server, 1)->body,
	                 "{\"reason\":\"shifts\",\"name\":\"night\",\"scopes\":"
	                 "[\"read\",\"halt\"],\"expires\":"
	                 "\"2027-01-01T00:00:00Z\"}");
}

TEST(a_token_without_scopes_is_not_asked_for)
{
	static const struct canned_answer none[] = {{.status = 200}};
	OPERATOR(o, none);

	ASSERT_EXIT(&o.tool, operator_run(&o, "token new night"), CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "needs --scope NAMES");
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}

TEST(a_token_is_revoked_with_a_reason)
{
	static const struct canned_answer script[] = {
		CANNED("POST", "/v1/admin/tokens/9/revoke", 200, "{}"),
		CANNED("POST", "/v1/admin/tokens/10/revoke", 404,
	               "{\"code\":\"not_found\",\"detail\":\"token 10: there "
	               "is "
	               "none\"}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token revoke 9 -r lost"),
	            CLI_OK);
	ASSERT_COMPLAINS(&o.tool, "Token 9 is revoked.\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "token revoke 10 -y"),
	            CLI_NOT_FOUND);
	ck_assert_str_eq(o.tool.err,
	                 "pawlctl: token 10: there is none (not_found)\n");
	ck_assert_str_eq(canned_request(o.server, 0)->body,
	                 "{\"reason\":\"lost\"}");
}

TEST(tokens_are_listed_page_by_page)
{
	static const struct canned_answer script[] = {
		CANNED("GET", "/v1/admin/tokens?limit=50", 200,
	               "{\"tokens\":[{\"id\":\"9\",\"name\":\"night\","
	               "\"scopes\":"
	               "[\"read\"],\"created\":null,\"expires\":null,"
	               "\"revoked\":null}],\"next\":3}"),
		CANNED("GET", "/v1/admin/tokens?limit=2&after=3", 200,
	               "{\"tokens\":[],\"next\":null}"),
	};
	OPERATOR(o, script);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token list"), CLI_OK);
	ASSERT_PRINTS(&o.tool, "night");
	ck_assert_str_eq(o.tool.err, "there are more: --after 3\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "token list -n 2 --after 3"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.err, "no tokens\n");
}
