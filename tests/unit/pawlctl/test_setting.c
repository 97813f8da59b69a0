#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/setting.h"
#include "tests/unit/pawlctl/operator.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct canned_answer fine[] = {
	CANNED("GET", "/v1/admin/tokens?limit=50", 200,
               "{\"tokens\":[],\"next\":null}", .again = true),
};

TEST(the_token_goes_out_as_a_bearer_and_nowhere_else)
{
	OPERATOR(o, fine);

	ASSERT_EXIT(&o.tool, operator_run(&o, "token list"), CLI_OK);
	ck_assert_uint_eq(canned_n_requests(o.server), 1);
	ck_assert_ptr_nonnull(strstr(canned_request(o.server, 0)->head,
	                             "\r\nAuthorization: Bearer " OPERATOR_TOKEN
	                             "\r\n"));
	ck_assert_ptr_null(strstr(o.tool.out, "SeCrEt"));
	ck_assert_ptr_null(strstr(o.tool.err, "SeCrEt"));
}

TEST(a_token_file_that_others_can_read_is_refused)
{
	static const unsigned modes[] = {0640, 0604, 0660, 0602};
	OPERATOR(o, fine);

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		const char *path =
			operator_file("shared", OPERATOR_TOKEN "\n", modes[i]);

		ASSERT_EXIT(&o.tool,
		            operator_run_more(&o, "token list --token-file %s",
		                              path),
		            CLI_PERMISSION);
		ASSERT_COMPLAINS(&o.tool, "insecure_mode");
		ASSERT_COMPLAINS(&o.tool, path);
		ck_assert_ptr_null(strstr(o.tool.err, "SeCrEt"));
	}
	canned_stop(o.server);
	ck_assert_uint_eq(canned_n_requests(o.server), 0);
}

TEST(a_token_file_is_no_link_and_has_a_token)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "no operator's token"},
		{"\n" OPERATOR_TOKEN, "no operator's token"},
		{"SeCrEt", "no operator's token"},
		{"po_SeCrEt with blanks", "no operator's token"},
		{"po_SeCrEt\033[2J", "no operator's token"},
		{"pd_SeCrEtSeCrEt", "holds a device's token"},
	};
	OPERATOR(o, fine);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_EXIT(&o.tool,
		            operator_run_more(
				    &o, "token list -t %s",
				    operator_file("odd", rows[i].text, 0600)),
		            CLI_FAILED);
		ASSERT_COMPLAINS(&o.tool, rows[i].says);
		ck_assert_ptr_null(strstr(o.tool.err, "SeCrEt"));
	}
	ck_assert_int_eq(symlink(test_path("token"), test_path("link")), 0);
	ASSERT_EXIT(
		&o.tool,
		operator_run_more(&o, "token list -t %s", test_path("link")),
		CLI_PERMISSION);
	ASSERT_EXIT(
		&o.tool,
		operator_run_more(&o, "token list -t %s", test_path("none")),
		CLI_NOT_FOUND);
	/* No line end is fine, and so is one of another system. */
	ASSERT_EXIT(
		&o.tool,
		operator_run_more(&o, "token list -t %s",
	                          operator_file("bare", OPERATOR_TOKEN, 0400)),
		CLI_OK);
	ASSERT_EXIT(&o.tool,
	            operator_run(
			    &o, "token list -t %s",
			    operator_file("crlf", OPERATOR_TOKEN "\r\n", 0600)),
	            CLI_OK);
	ck_assert_uint_eq(canned_n_requests(o.server), 2);
}

TEST(a_token_cannot_be_given_on_the_command_line)
{
	OPERATOR(o, fine);

	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "token list --token " OPERATOR_TOKEN),
	            CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "unknown option '--token'");
	ck_assert_ptr_null(strstr(o.tool.err, "SeCrEt"));
}

TEST(without_server_or_token_it_says_what_to_set)
{
	OPERATOR(o, fine);

	(void)unsetenv("PAWL_SERVER");
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "status"), CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "PAWL_SERVER");
	(void)setenv("PAWL_SERVER", "", 1);
	ASSERT_EXIT(&o.tool, operator_run_more(&o, "status"), CLI_USAGE);
	(void)setenv("PAWL_SERVER", "https://pawl.example", 1);
	(void)unsetenv("PAWL_TOKEN_FILE");
	ASSERT_EXIT(&o.tool, operator_run(&o, "status"), CLI_USAGE);
	ASSERT_COMPLAINS(&o.tool, "PAWL_TOKEN_FILE");
}

TEST(an_address_is_host_port_and_path)
{
	static const struct {
		const char *url, *says;
	} rows[] = {
		{"pawl.example", "no address"},
		{"ftp://pawl.example", "no address"},
		{"file:///etc/passwd", "no address"},
		{"http://", "names no host"},
		{"https:///x", "names no host"},
		{"https://me:pw@pawl.example", "has no place"},
		{"https://pawl.example/?x=1", "has no place"},
		{"https://pawl.example/#x", "has no place"},
		{"https://pawl.example/\033[2J", "0x1b"},
	};
	OPERATOR(o, fine);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ASSERT_EXIT(
			&o.tool,
			operator_run_more(&o, "token list -s %s", rows[i].url),
			CLI_USAGE);
		ASSERT_COMPLAINS(&o.tool, rows[i].says);
	}
	ASSERT_EXIT(
		&o.tool,
		operator_run(&o, "token list -s %s//", canned_url(o.server)),
		CLI_OK);
	ck_assert_str_eq(canned_request(o.server, 0)->path,
	                 "/v1/admin/tokens?limit=50");
}

TEST(a_token_does_not_cross_a_network_in_the_clear)
{
	static const char *const far[] = {
		"http://pawl.example",       "http://127.0.0.1.evil.example",
		"http://10.0.0.1:8080",      "http://localhost.evil.example",
		"http://[::1].evil.example", "http://1270.0.0.1",
	};
	OPERATOR(o, fine);

	for (size_t i = 0; i < ARRAY_LEN(far); i++) {
		ASSERT_EXIT(&o.tool,
		            operator_run_more(&o, "token list -s %s", far[i]),
		            CLI_USAGE);
		ASSERT_COMPLAINS(&o.tool, "plain_http");
	}
	canned_stop(o.server);
	/* Nobody listens any more; it was let through to try. */
	ASSERT_EXIT(&o.tool,
	            operator_run(&o, "token list --plain-http -s %s",
	                         canned_url(o.server)),
	            CLI_UNREACHABLE);
}
