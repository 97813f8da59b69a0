#include "config.h"

#include "lib/json/js.h"
#include "tests/unit/server/http_world.h"

#include <stdio.h>
#include <string.h>

#define HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

TEST(a_port_of_zero_becomes_a_real_one)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_uint_ne(w.port, 0);
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), 200);
	ck_assert_str_eq(buf_str(&reply.body), "hello\n");
	ASSERT_HEADER(&reply, "Content-Type", "text/plain");
	ASSERT_HEADER(&reply, "Cache-Control", "no-store");
	ASSERT_NO_HEADER(&reply, "Connection");
	world_stop(&w, 0);
}

TEST(a_port_in_use_is_refused_also_for_the_same_user)
{
	struct world a, b;
	struct err e;

	world_open(&a);
	world_init(&b);
	b.config.port = a.port;
	ASSERT_ERR(http_start(&b.http, &b.config, &e), ERR_IO);
	ASSERT_SAYS("127.0.0.1 port");
	world_stop(&a, 0);
}

TEST(a_name_is_not_an_address_to_listen_on)
{
	struct world w;
	struct err e;

	world_init(&w);
	w.config.host = "localhost";
	ASSERT_ERR(http_start(&w.http, &w.config, &e), ERR_INVALID);
}

TEST(a_table_that_needs_what_is_not_there_does_not_start)
{
	struct world w;
	struct err e;

	world_init(&w);
	w.config.authenticate = NULL;
	ASSERT_ERR(http_start(&w.http, &w.config, &e), ERR_INTERNAL);
	world_init(&w);
	w.config.spool_dir = NULL;
	ASSERT_ERR(http_start(&w.http, &w.config, &e), ERR_INTERNAL);
	world_init(&w);
	w.config.threads = 0;
	ASSERT_ERR(http_start(&w.http, &w.config, &e), ERR_INVALID);
}

TEST(one_connection_serves_many_requests)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct http_counts counts;
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	http_counts(&counts, w.http);
	ck_assert_uint_eq(counts.requests, 100);
	ck_assert_uint_eq(counts.replies, 100);
	ck_assert_uint_eq(counts.connections, 1);
	world_stop(&w, 0);
}

TEST(pipelined_requests_are_answered_in_their_order)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(
		raw_puts(&r, "GET /v1/things/1 HTTP/1.1\r\nHost: x\r\n\r\n"
	                     "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                     "Content-Length: 3\r\n\r\ntwo"
	                     "GET /v1/things/3 HTTP/1.1\r\nHost: x\r\n\r\n"),
		0);
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_str_eq(buf_str(&reply.body), "GET 1");
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_str_eq(buf_str(&reply.body), "two");
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_str_eq(buf_str(&reply.body), "GET 3");
	world_stop(&w, 0);
}

TEST(an_old_client_gets_its_answer_and_the_end)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r, "GET /hello HTTP/1.0\r\n\r\n"),
	                 200);
	ASSERT_HEADER(&reply, "Connection", "close");
	ck_assert(raw_ended(&r));
	world_stop(&w, 0);
}

TEST(an_unknown_path_is_404_with_a_problem)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	SCOPED(js_fini)
	struct js_doc doc = {0};
	const char *text;
	int64_t status;
	struct world w;
	struct err e;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "GET /nowhere HTTP/1.1\r\nHost: x\r\n"
	                         "X-Request-Id: abc.DEF-1_2\r\n\r\n"),
	                 404);
	ASSERT_HEADER(&reply, "Content-Type", "application/problem+json");
	ASSERT_HEADER(&reply, "X-Request-Id", "abc.DEF-1_2");
	ASSERT_OK(
		js_parse(&doc, "problem", reply.body.data, reply.body.len, &e));
	struct js_at root = js_root(&doc);
	ASSERT_OK(js_get_str(&text, &root, "type", 99, &e));
	ck_assert_str_eq(text, "urn:pawl:problem:not_found");
	ASSERT_OK(js_get_str(&text, &root, "title", 99, &e));
	ck_assert_str_eq(text, "Not found");
	ASSERT_OK(js_get_int(&status, &root, "status", 0, 999, &e));
	ck_assert_int_eq(status, 404);
	ASSERT_OK(js_get_str(&text, &root, "detail", 999, &e));
	ck_assert_str_eq(text, "/nowhere: no such path");
	ASSERT_OK(js_get_str(&text, &root, "code", 99, &e));
	ck_assert_str_eq(text, "not_found");
	ASSERT_OK(js_get_str(&text, &root, "instance", 99, &e));
	ck_assert_str_eq(text, "abc.DEF-1_2");
	/* The connection is still good. */
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

TEST(a_known_path_by_another_method_is_405_and_says_which)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(
		raw_ask(&reply, &r,
	                "PATCH /v1/things/7 HTTP/1.1\r\nHost: x\r\n\r\n"),
		405);
	ASSERT_HEADER(&reply, "Allow", "GET, HEAD, DELETE, OPTIONS");
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

TEST(head_is_get_without_the_body)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(
		raw_ask(&reply, &r, "HEAD /tagged HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
	ASSERT_HEADER(&reply, "Content-Length", "10000");
	ASSERT_HEADER(&reply, "ETag", "\"v1\"");
	ck_assert_int_eq(
		raw_ask(&reply, &r, "HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
	ASSERT_HEADER(&reply, "Content-Length", "10000");
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"),
	                 404);
	/* Had a body come, this would read it as a status line. */
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

TEST(options_says_what_there_is_and_runs_nothing)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(
		world_ask(&reply, &w,
	                  "OPTIONS /secret HTTP/1.1\r\nHost: x\r\n\r\n"),
		204);
	ASSERT_HEADER(&reply, "Allow", "GET, HEAD, POST, OPTIONS");
	ck_assert_int_eq(
		world_ask(&reply, &w,
	                  "OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"),
		404);
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(parameters_are_decoded_once)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /v1/things/a%20b+c?x=1 HTTP/1.1\r\n"
	                           "Host: x\r\n\r\n"),
	                 200);
	ck_assert_str_eq(buf_str(&reply.body), "GET a b+c");
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /targets/fw/acme/1.2.bin HTTP/1.1\r\n"
	                           "Host: x\r\n\r\n"),
	                 200);
	ck_assert_str_eq(buf_str(&reply.body), "fw/acme/1.2.bin");
	world_stop(&w, 0);
}

TEST(nobody_without_a_token_reaches_the_handler)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /secret HTTP/1.1\r\nHost: x\r\n\r\n"),
	                 401);
	ASSERT_HEADER(&reply, "WWW-Authenticate", "Bearer");
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /secret HTTP/1.1\r\nHost: x\r\n"
	                           "Authorization: Bearer bad\r\n\r\n"),
	                 403);
	ck_assert_uint_eq(w.deps.handled, 0);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /secret HTTP/1.1\r\nHost: x\r\n"
	                           "Authorization: Bearer good\r\n\r\n"),
	                 200);
	ck_assert_str_eq(buf_str(&reply.body), "device-7");
	world_stop(&w, 0);
}

TEST(a_refusal_has_the_status_of_its_kind_and_drops_the_body)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(
		world_ask(&reply, &w,
	                  "GET /refuse/other HTTP/1.1\r\nHost: x\r\n\r\n"),
		409);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&reply.body), "\"code\":\"already_there\""));
	ck_assert_int_eq(
		world_ask(&reply, &w,
	                  "GET /refuse/busy HTTP/1.1\r\nHost: x\r\n\r\n"),
		503);
	ASSERT_HEADER(&reply, "Retry-After", "17");
	ck_assert_uint_eq(w.deps.released, 2);
	world_stop(&w, 0);
}

TEST(a_shared_body_is_given_back_once_per_reply)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			raw_ask(&reply, &r,
		                "GET /shared HTTP/1.1\r\nHost: x\r\n\r\n"),
			200);
	ck_assert_int_eq(
		raw_ask(&reply, &r, "HEAD /shared HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
	world_stop(&w, 0);
	ck_assert_uint_eq(w.deps.released, 4);
}

TEST(nothing_is_204_without_a_length)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(
		raw_ask(&reply, &r, "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n"),
		204);
	ASSERT_NO_HEADER(&reply, "Content-Length");
	ASSERT_NO_HEADER(&reply, "Content-Type");
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

TEST(a_page_comes_with_its_policies)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	char value[512];
	struct world w;

	world_open(&w);
	ck_assert_int_eq(
		world_ask(&reply, &w, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
	ck_assert_ptr_nonnull(raw_header(&reply, "Content-Security-Policy",
	                                 value, sizeof(value)));
	ck_assert_int_eq(strncmp(value, "default-src 'self';", 19), 0);
	ASSERT_HEADER(&reply, "X-Content-Type-Options", "nosniff");
	ASSERT_HEADER(&reply, "Referrer-Policy", "no-referrer");
	ASSERT_HEADER(&reply, "X-Frame-Options", "DENY");
	world_stop(&w, 0);
}

TEST(a_request_id_is_echoed_only_when_it_is_harmless)
{
	static const char *const bad[] = {
		"a b", "<script>", "x\"y", "",
		"0123456789012345678901234567890123456789012345678901234567890"
		"1234"};
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	char text[300], first[128], second[128];
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		               "GET /hello HTTP/1.1\r\nHost: x\r\n"
		               "X-Request-Id: %s\r\n\r\n",
		               bad[i]);
		ck_assert_int_eq(world_ask(&reply, &w, text), 200);
		ck_assert_ptr_nonnull(raw_header(&reply, "X-Request-Id", first,
		                                 sizeof(first)));
		ck_assert_str_ne(first, bad[i]);
	}
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), 200);
	ck_assert_ptr_nonnull(
		raw_header(&reply, "X-Request-Id", second, sizeof(second)));
	ck_assert_str_ne(first, second);
	world_stop(&w, 0);
}
