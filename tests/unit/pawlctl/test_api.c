#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/api.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>

static int status_of(const struct canned_answer *answer, struct operator* o,
                     const char *line)
{
	operator_init(o, answer, 1);
	return operator_run(o, "%s", line);
}

TEST(a_server_that_is_not_there_is_unreachable)
{
	static const struct canned_answer none[] = {{.status = 200}};
	OPERATOR(o, none);

	canned_stop(o.server);
	ASSERT_EXIT(&o.tool, operator_run(&o, "status"), CLI_UNREACHABLE);
	ASSERT_COMPLAINS(&o.tool, "(unreachable)");
	ASSERT_COMPLAINS(&o.tool, "pawlctl: http://127.0.0.1:");
	ck_assert_str_eq(o.tool.out, "");
}

TEST(answers_that_are_none_are_refused_by_name)
{
	static const struct {
		struct canned_answer answer;
		int exit;
		const char *says;
	} rows[] = {
		{{.status = 200,
	          .body = "{\"tokens\":[]}",
	          .fault = CANNED_CUT},
	         CLI_UNREACHABLE,
	         "(unreachable)"},
		{{.fault = CANNED_MUTE}, CLI_UNREACHABLE, "(unreachable)"},
		{{.status = 200, .body = "{\"tokens\":", .fault = CANNED_WHOLE},
	         CLI_FAILED,
	         "(bad_answer)"},
		{{.status = 200, .body = "<html>hello</html>"},
	         CLI_FAILED,
	         "(bad_answer)"},
		{{.status = 200, .body = "[]"},
	         CLI_FAILED,
	         "an object is needed"},
		{{.status = 200, .body = "{\"tokens\":[],\"tokens\":[]}"},
	         CLI_FAILED,
	         "(bad_answer)"},
		{{.status = 200, .body = "{\"tokens\":1e3}"},
	         CLI_FAILED,
	         "(bad_answer)"},
		{{.status = 200, .body = "{\"a\":\"\xff\"}"},
	         CLI_FAILED,
	         "(bad_answer)"},
		{{.status = 200, .body = "{}"},
	         CLI_FAILED,
	         "'tokens' is missing"},
		{{.status = 200, .body = ""},
	         CLI_FAILED,
	         "'tokens' is missing"},
		{{.status = 200, .body = "{\"tokens\":7}"},
	         CLI_FAILED,
	         "an array is needed"},
		{{.status = 200,
	          .body = "{\"tokens\":[]}",
	          .fault = CANNED_ENDLESS},
	         CLI_FAILED,
	         "(too_large)"},
		{{.status = 302, .head = "Location: http://127.0.0.1:1/\r\n"},
	         CLI_FAILED,
	         "(redirect)"},
		{{.status = 404, .body = "<h1>nginx</h1>"},
	         CLI_FAILED,
	         "no Pawl server"},
		{{.status = 500, .body = "oops"}, CLI_FAILED, "(internal)"},
		{{.status = 500, .body = "oops", .fault = CANNED_ENDLESS},
	         CLI_FAILED,
	         "(internal)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct operator o;

		ASSERT_EXIT(&o.tool,
		            status_of(&rows[i].answer, &o, "token list"),
		            rows[i].exit);
		ASSERT_COMPLAINS(&o.tool, rows[i].says);
		ck_assert_str_eq(o.tool.out, "");
		ck_assert_uint_eq(canned_n_requests(o.server), 1);
		operator_fini(&o);
	}
}

TEST(depth_beyond_reason_is_refused)
{
	SCOPED(free)
	char *deep = xmalloc(100002);
	const struct canned_answer answer = {.status = 200, .body = deep};
	struct operator o;

	memset(deep, '[', 100001);
	deep[100001] = '\0';
	ASSERT_EXIT(&o.tool, status_of(&answer, &o, "token list"), CLI_FAILED);
	ASSERT_COMPLAINS(&o.tool, "nested deeper");
	operator_fini(&o);
}

TEST(the_servers_refusal_is_shown_in_its_own_words)
{
	static const struct canned_answer answer = {
		.status = 403,
		.body = "{\"type\":\"urn:pawl:problem:scope\",\"status\":403,"
			"\"detail\":\"token 'night shift': may read, halt; "
			"admin is needed\",\"code\":\"scope\"}"};
	struct operator o;

	ASSERT_EXIT(&o.tool, status_of(&answer, &o, "token list"),
	            CLI_PERMISSION);
	ck_assert_str_eq(o.tool.err,
	                 "pawlctl: token 'night shift': may read, halt; admin "
	                 "is needed (scope)\n");
	operator_fini(&o);
}

#define HOSTILE                          \
	"\\u001b]0;owned\\u0007\xc2\x9b" \
	"31m\\n\xe2\x80\xae"

TEST(no_answer_reaches_the_terminal_with_control_characters)
{
	static const struct canned_answer answers[] = {
		{.status = 200,
	         .body = "{\"tokens\":[{\"id\":\"" HOSTILE "\",\"name\":\"x\","
	                 "\"scopes\":[\"" HOSTILE "\"]}]}"},
		{.status = 400,
	         .body = "{\"code\":\"a\",\"detail\":\"" HOSTILE "\"}"},
		{.status = 200, .body = "{\"" HOSTILE "\":\033[2J}"},
		{.status = 200, .body = "\033[2J<html>"},
	};
	static const char *const lines[] = {"token list", "token list --json"};

	for (size_t i = 0; i < ARRAY_LEN(answers) * ARRAY_LEN(lines); i++) {
		struct operator o;

		(void)status_of(&answers[i / 2], &o, lines[i % 2]);
		ck_assert_ptr_null(strpbrk(o.tool.out, "\033\007\r\b"));
		ck_assert_ptr_null(strpbrk(o.tool.err, "\033\007\r\b"));
		ck_assert_ptr_null(strstr(o.tool.out, "\xc2\x9b"));
		ck_assert_ptr_null(strstr(o.tool.err, "\xc2\x9b"));
		ck_assert_ptr_null(strstr(o.tool.out, "\xe2\x80\xae"));
		ck_assert_ptr_null(strstr(o.tool.err, "\xe2\x80\xae"));
		operator_fini(&o);
	}
}

TEST(json_is_the_servers_object_on_one_line)
{
	static const struct canned_answer answer = {
		.status = 200,
		.body = "{ \"tokens\" : [\n { \"id\" : \"\\u001b\xc2\x9b\" } "
			"],\n"
			" \"later\" : { \"unknown\" : 9007199254740991 } }"};
	struct operator o;

	ASSERT_EXIT(&o.tool, status_of(&answer, &o, "token list --json"),
	            CLI_OK);
	ck_assert_str_eq(o.tool.out,
	                 "{\"tokens\":[{\"id\":\"\\u001b\\u009b\"}],"
	                 "\"later\":{\"unknown\":9007199254740991}}\n");
	ck_assert_str_eq(o.tool.err, "");
	operator_fini(&o);
}

TEST(json_that_is_no_object_is_not_passed_on)
{
	static const struct canned_answer answer = {.status = 200,
	                                            .body = "[1,2]"};
	struct operator o;

	ASSERT_EXIT(&o.tool, status_of(&answer, &o, "token list --json"),
	            CLI_FAILED);
	ck_assert_str_eq(o.tool.out, "");
	operator_fini(&o);
}

TEST(a_key_that_cannot_be_one_is_refused_unasked)
{
	static const char *const lines[] = {
		"rollout show ../tokens",
		"rollout show ..",
		"rollout show a/b",
		"device show a?b",
		"why %2e%2e",
		"batch quarantine a#b",
		"token revoke .",
		"device show \xc3\xbc",
		"device list --after a&b=c",
		"device list --product a&b",
	};
	static const struct canned_answer none[] = {{.status = 200}};
	OPERATOR(o, none);

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ASSERT_EXIT(&o.tool, operator_run_more(&o, "%s", lines[i]),
		            CLI_USAGE);
	ASSERT_EXIT(&o.tool, tool_run(&o.tool, "device", "show", "", NULL),
	            CLI_USAGE);
	canned_stop(o.server);
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}

TEST(a_reason_is_text_of_bounded_length)
{
	static const struct canned_answer answer[] = {CANNED(
		"POST", "/v1/admin/tokens/7/revoke", 200, "", .again = true)};
	char reason[514];
	OPERATOR(o, answer);

	memset(reason, 'x', 513);
	reason[513] = '\0';
	ASSERT_EXIT(&o.tool,
	            operator_run_more(&o, "token revoke 7 -r %s", reason),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "513 bytes, at most 512");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "token revoke 7 -r \xff"),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "UTF-8");
	reason[512] = '\0';
	ASSERT_EXIT(&o.tool,
	            operator_run_more(&o, "token revoke 7 -r %s", reason),
	            CLI_OK);
	ASSERT_EXIT(&o.tool,
	            tool_run(&o.tool, "token", "revoke", "7", "-r",
	                     "he said \"no\"\n", NULL),
	            CLI_OK);
	canned_stop(o.server);
	ck_assert_uint_eq(canned_n_requests(o.server), 2);
	ck_assert_str_eq(canned_request(o.server, 1)->body,
	                 "{\"reason\":\"he said \\\"no\\\"\\u000a\"}");
}
