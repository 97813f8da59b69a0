#include "config.h"

#include "server/http/guard.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

static const struct header plain[] = {{"Host", "x"}};

static int check(const char *method, const char *uri, const char *version,
                 struct err *e)
{
	struct guard_head h = {.method = method,
	                       .uri = uri,
	                       .version = version,
	                       .headers = plain,
	                       .n_headers = 1};

	return guard_check(&h, e);
}

static int check_headers(const struct header *headers, size_t n, struct err *e)
{
	struct guard_head h = {.method = "POST",
	                       .uri = "/",
	                       .version = "HTTP/1.1",
	                       .headers = headers,
	                       .n_headers = n};

	return guard_check(&h, e);
}

TEST(a_plain_request_passes)
{
	static const char *const uris[] = {
		"/",
		"/metadata/1.root.json",
		"/targets/fw/acme/a+b_c-1.2.3~rc.bin",
		"/v1/things/a%20b",
		"/x?",
		"/x?a=1&b=%2F%2e%2e&c=a+b/?",
		"/...",
		"/.well-known/x",
		"/a/",
		"/a:b@c;d=e,f!$&'()*",
	};
	struct err e;

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		ASSERT_OK(check("GET", uris[i], "HTTP/1.1", &e));
	ASSERT_OK(check("DELETE", "/", "HTTP/1.0", &e));
}

TEST(a_target_that_decodes_differently_is_refused)
{
	static const char *const uris[] = {
		"",        "x",      "*",         "http://x/",  "//",
		"/a//b",   "/.",     "/..",       "/a/../b",    "/a/./b",
		"/a/..",   "/%2e",   "/%2E%2e/x", "/.%2e",      "/a%00",
		"/a%2fb",  "/a%2Fb", "/a%5c",     "/a%25",      "/a%0a",
		"/a%7f",   "/a%80",  "/%",        "/%4",        "/%4g",
		"/a b",    "/a\"b",  "/a<b",      "/a\\b",      "/a^b",
		"/a`b",    "/a{b}",  "/a|b",      "/a[b]",      "/a#b",
		"/a\tb",   "/a\rb",  "/a\x7f",    "/a\xc3\xa9", "/a?b#c",
		"/a?b\\c", "/a?%00", "/a?%",      "/a?%g0",     "/a?\xff",
		"/a?b c",  "/?\x01",
	};
	struct err e;

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		ck_assert_msg(check("GET", uris[i], "HTTP/1.1", &e) != 0,
		              "'%s' passed", uris[i]);
		ASSERT_CODE(check("GET", uris[i], "HTTP/1.1", &e), "bad_uri");
	}
}

TEST(a_target_has_a_length)
{
	char uri[GUARD_PATH_MAX + GUARD_QUERY_MAX + 8];
	struct err e;

	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[GUARD_PATH_MAX] = '\0';
	ASSERT_OK(check("GET", uri, "HTTP/1.1", &e));
	uri[GUARD_PATH_MAX] = 'a';
	uri[GUARD_PATH_MAX + 1] = '\0';
	ASSERT_CODE(check("GET", uri, "HTTP/1.1", &e), "bad_uri");
	uri[GUARD_PATH_MAX] = '?';
	uri[GUARD_PATH_MAX + 1] = 'a';
	uri[GUARD_PATH_MAX + 1 + GUARD_QUERY_MAX] = '\0';
	ASSERT_OK(check("GET", uri, "HTTP/1.1", &e));
	uri[GUARD_PATH_MAX + 1 + GUARD_QUERY_MAX] = 'a';
	uri[GUARD_PATH_MAX + 2 + GUARD_QUERY_MAX] = '\0';
	ASSERT_CODE(check("GET", uri, "HTTP/1.1", &e), "bad_uri");
}

TEST(a_method_or_version_of_another_protocol_is_refused)
{
	static const char *const methods[] = {"get",     "G@T",     "",
	                                      "CONNECT", "TRACE",   "PRI",
	                                      "GET ",    "PROPFIND"};
	static const char *const versions[] = {"HTTP/1.2", "HTTP/2.0",
	                                       "http/1.1", "HTTP/1.1 ", ""};
	struct err e;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		ASSERT_CODE(check(methods[i], "/", "HTTP/1.1", &e),
		            "bad_method");
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		ASSERT_CODE(check("GET", "/", versions[i], &e), "bad_version");
}

#define CL                            \
	{                             \
		"Content-Length", "4" \
	}
#define TE                                     \
	{                                      \
		"Transfer-Encoding", "chunked" \
	}
#define HOST                \
	{                   \
		"Host", "x" \
	}

TEST(a_length_said_twice_is_refused)
{
	static const struct {
		struct header h[4];
		size_t n;
	} rows[] = {
		/* clang-format off */
		{ { HOST, CL, TE }, 3 },
		{ { HOST, TE, CL }, 3 },
		{ { HOST, CL, CL }, 3 },
		{ { HOST, CL, { "content-LENGTH", "5" } }, 3 },
		{ { HOST, TE, TE }, 3 },
		{ { HOST, { "Transfer-Encoding", "xchunked" } }, 2 },
		{ { HOST, { "Transfer-Encoding", "chunked, identity" } }, 2 },
		{ { HOST, { "Transfer-Encoding", "gzip, chunked" } }, 2 },
		{ { HOST, { "Transfer-Encoding", "chunked " } }, 2 },
		{ { HOST, { "Transfer-Encoding", "" } }, 2 },
		/* clang-format on */
	};
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ASSERT_CODE(check_headers(rows[i].h, rows[i].n, &e),
		            "ambiguous_length");
	ASSERT_OK(check_headers((struct header[]){HOST, CL}, 2, &e));
	ASSERT_OK(check_headers((struct header[]){HOST, TE}, 2, &e));
	ASSERT_OK(check_headers(
		(struct header[]){HOST, {"transfer-encoding", "CHUNKED"}}, 2,
		&e));
}

TEST(chunked_did_not_exist_in_1_0)
{
	const struct header h[] = {TE};
	struct guard_head head = {.method = "POST",
	                          .uri = "/",
	                          .version = "HTTP/1.0",
	                          .headers = h,
	                          .n_headers = 1};
	struct err e;

	ASSERT_CODE(guard_check(&head, &e), "ambiguous_length");
	head.n_headers = 0;
	ASSERT_OK(guard_check(&head, &e));
}

TEST(a_header_that_is_not_plain_is_refused)
{
	static const struct header bad[] = {
		{"Transfer-Encoding ", "chunked"},
		{"Content-Length\t", "4"},
		{"", "x"},
		{"X Y", "x"},
		{"X\x01", "x"},
		{"X\xc3", "x"},
		{"X(", "x"},
		{"X", "a\rb"},
		{"X", "a\nb"},
		{"X", "\x01"},
		{"X", "a\x7f"},
		{"Host", "y"}, /* the second */
		{"hOST", ""},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ASSERT_CODE(
			check_headers((struct header[]){HOST, bad[i]}, 2, &e),
			"bad_header");
	ASSERT_OK(check_headers(
		(struct header[]){HOST, {"X-!#$%&'*+.^_`|~1", "\t \xff~"}}, 2,
		&e));
}

TEST(a_host_is_a_host_and_there_is_one)
{
	static const char *const bad[] = {"a b",  "a/b",  "u@h", "a,b",
	                                  "a\\b", "a%00", "a?b", "a "};
	static const char *const good[] = {"", "a.example.org:8080", "[::1]:80",
	                                   "10.0.0.1"};
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ASSERT_CODE(check_headers((struct header[]){{"Host", bad[i]}},
		                          1, &e),
		            "bad_header");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ASSERT_OK(check_headers((struct header[]){{"Host", good[i]}}, 1,
		                        &e));
	ASSERT_CODE(check_headers(NULL, 0, &e), "bad_header");
}

TEST(there_are_not_too_many_headers)
{
	struct header h[GUARD_HEADERS_MAX + 1] = {HOST};
	struct err e;

	for (size_t i = 1; i <= GUARD_HEADERS_MAX; i++)
		h[i] = (struct header){"X", "y"};
	ASSERT_OK(check_headers(h, GUARD_HEADERS_MAX, &e));
	ASSERT_CODE(check_headers(h, GUARD_HEADERS_MAX + 1, &e), "bad_header");
}

TEST(every_byte_of_the_head_is_accounted_for)
{
	/* "GET /a HTTP/1.1\r\nHost: x\r\nY:z\r\n\r\n" */
	const struct header h[] = {HOST, {"Y", "z"}};
	struct guard_head head = {.method = "GET",
	                          .uri = "/a",
	                          .version = "HTTP/1.1",
	                          .headers = h,
	                          .n_headers = 2,
	                          .head_bytes = 33,
	                          .gap_bytes = 3};
	struct err e;

	ASSERT_OK(guard_check(&head, &e));
	head.head_bytes = 32; /* a line feed alone */
	ASSERT_CODE(guard_check(&head, &e), "bad_header");
	head.head_bytes = 35; /* something behind a NUL */
	ASSERT_CODE(guard_check(&head, &e), "bad_header");
	head.head_bytes = 33;
	head.gap_bytes = 33 + 2; /* a name that is not before its value */
	ASSERT_CODE(guard_check(&head, &e), "bad_header");
	head.head_bytes = 0; /* not known */
	ASSERT_OK(guard_check(&head, &e));
}
