#include "config.h"

#include "cli/cli.h"
#include "lib/base/mem.h"
#include "repo-tools/ctl/problem.h"
#include "tests/support/runner.h"

#include <string.h>

#define URL "https://pawl.example/v1/x"

static int read_text(struct err *e, int status, const char *body)
{
	return ctl_problem_read(e, URL, status, body, strlen(body));
}

TEST(a_refusal_keeps_the_servers_words_and_code)
{
	struct err e;

	ASSERT_ERR(read_text(&e, 409,
	                     "{\"type\":\"urn:x\",\"title\":\"Not acceptable\","
	                     "\"status\":409,\"detail\":\"rollout 7: is "
	                     "halted, a running one is needed\","
	                     "\"code\":\"not_running\"}"),
	           ERR_CONFLICT);
	ck_assert_str_eq(e.msg,
	                 "rollout 7: is halted, a running one is needed");
	ck_assert_str_eq(e.code, "not_running");
	ASSERT_ERR(read_text(&e, 404, "{\"code\":\"gone\",\"title\":\"T\"}"),
	           ERR_NOT_FOUND);
	ck_assert_str_eq(e.msg, "T");
}

TEST(status_and_code_decide_the_exit_code)
{
	static const struct {
		int status;
		const char *code;
		int exit;
	} rows[] = {
		{400, "invalid", CLI_FAILED},
		{400, "usage", CLI_FAILED}, /* the server's, not ours */
		{401, "unauthenticated", CLI_PERMISSION},
		{403, "scope", CLI_PERMISSION},
		{404, "not_found", CLI_NOT_FOUND},
		{409, "conflict", CLI_CONFLICT},
		{409, "already_running", CLI_CONFLICT},
		{409, "untrusted", CLI_UNVERIFIED},
		{409, "threshold", CLI_UNVERIFIED},
		{409, "rollback", CLI_UNVERIFIED},
		{409, "expired", CLI_EXPIRED},
		{412, "precondition_failed", CLI_CONFLICT},
		{413, "too_large", CLI_FAILED},
		{422, "some_rule", CLI_UNVERIFIED},
		{429, "rate_limited", CLI_CONFLICT},
		{503, "busy", CLI_CONFLICT},
		{502, "x", CLI_UNREACHABLE},
		{507, "no_space", CLI_FAILED},
		{500, "internal", CLI_FAILED},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = {0};
		SCOPED(free)
		char *body = xasprintf("{\"code\":\"%s\",\"detail\":\"d\"}",
		                       rows[i].code);

		ck_assert_int_eq(read_text(&e, rows[i].status, body), -1);
		ck_assert_msg((int)cli_exit_of(&e) == rows[i].exit,
		              "%d %s: exit %d", rows[i].status, rows[i].code,
		              (int)cli_exit_of(&e));
	}
}

TEST(an_answer_that_is_no_problem_names_the_address_and_status)
{
	static const struct {
		int status;
		const char *body, *code, *says;
	} rows[] = {
		{404, "<html>not here</html>", "not_pawl", "404"},
		{404, "", "not_pawl", "no Pawl server"},
		{404, "{\"detail\":\"no code\"}", "not_pawl", "404"},
		{404, "{\"code\":\"x\",\"detail\":7,\"title\":null}",
	         "not_pawl", "404"},
		{404, "{\"code\":\"Not A Slug\",\"detail\":\"d\"}", "not_pawl",
	         "404"},
		{301, "", "redirect", "not followed"},
		{502, "<h1>Bad Gateway</h1>", "unreachable", "502"},
		{401, "[]", "unauthenticated", "401"},
		{500, "{\"code\":\"a\",\"code\":\"b\"}", "internal", "500"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e;

		ASSERT_CODE(read_text(&e, rows[i].status, rows[i].body),
		            rows[i].code);
		ASSERT_SAYS(URL);
		ASSERT_SAYS(rows[i].says);
	}
}

TEST(a_refusal_cannot_write_to_the_terminal)
{
	struct err e;

	ASSERT_ERR(read_text(&e, 403,
	                     "{\"code\":\"scope\",\"detail\":"
	                     "\"\\u001b[2J\\u009b31m ok\\n\"}"),
	           ERR_FORBIDDEN);
	ck_assert_str_eq(e.msg, "?[2J?31m ok ");
}

TEST(a_refusal_as_long_as_a_book_is_cut)
{
	SCOPED(free)
	char *body = xmalloc(20000);
	struct err e;

	memset(body, 'x', 20000);
	memcpy(body, "{\"code\":\"a\",\"detail\":\"", 22);
	memcpy(body + 19997, "\"}", 3);
	ASSERT_ERR(read_text(&e, 400, body), ERR_INVALID);
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
}
