#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/table.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

static const struct canned_answer tokens[] = {
	CANNED("GET", "/v1/admin/tokens?limit=50", 200,
               "{\"tokens\":[{\"id\":\"1\",\"name\":\"Z\xc3\xbcrich\","
               "\"scopes\":"
               "[\"read\",\"halt\"],\"created\":\"2026-01-01T00:00:00Z\","
               "\"expires\":\"2026-12-01T00:00:00Z\",\"revoked\":null},"
               "{\"id\":\"22\",\"name\":\"b\",\"scopes\":[],\"created\":"
               "\"2026-01-01T00:00:00Z\",\"expires\":null,\"revoked\":"
               "\"2026-02-01T00:00:00Z\"}]}",
               .again = true),
};

TEST(columns_are_as_wide_as_their_widest_cell)
{
	OPERATOR(o, tokens);

	ASSERT_EXIT(&o.tool, operator_run(&o, "token list"), CLI_OK);
	ck_assert_str_eq(o.tool.out,
	                 "ID  NAME    SCOPES     CREATED               "
	                 "EXPIRES\n"
	                 "1   Z\xc3\xbcrich  read,halt  2026-01-01T00:00:00Z  "
	                 "2026-12-01T00:00:00Z\n"
	                 "22  b       -          2026-01-01T00:00:00Z  "
	                 "-                     revoked\n");
}

TEST(colour_comes_when_asked_for_and_never_into_a_pipe)
{
	OPERATOR(o, tokens);

	(void)setenv("TERM", "xterm", 1);
	(void)unsetenv("NO_COLOR");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token list"), CLI_OK);
	ck_assert_ptr_null(strchr(o.tool.out, '\033'));
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token list --color always"),
	            CLI_OK);
	ASSERT_PRINTS(&o.tool, "\033[31mrevoked\033[0m\n");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token list --color never"),
	            CLI_OK);
	ck_assert_ptr_null(strchr(o.tool.out, '\033'));
	ASSERT_EXIT(&o.tool, operator_run(&o, "token list --color=sometimes"),
	            CLI_USAGE);
}

TEST(an_empty_table_says_so_to_people_only)
{
	static const struct canned_answer none[] = {
		CANNED("GET", NULL, 200, "{\"tokens\":[],\"next\":null}",
	               .again = true),
	};
	OPERATOR(o, none);

	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token list"), CLI_OK);
	ck_assert_str_eq(o.tool.out, "");
	ASSERT_COMPLAINS(&o.tool, "no tokens\n");
	ASSERT_EXIT(&o.tool, operator_run(&o, "token list -q"), CLI_OK);
	ck_assert_str_eq(o.tool.err, "");
}
