#include "config.h"

#include "tests/unit/server/http_world.h"

#include <stdio.h>

TEST(a_range_of_bytes_and_of_a_file)
{
	static const char *const paths[] = {"/tagged", "/file"};
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < 2; i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		char text[200];

		(void)snprintf(text, sizeof(text),
		               "GET %s HTTP/1.1\r\nHost: x\r\n"
		               "Range: bytes=26-29\r\n\r\n",
		               paths[i]);
		ck_assert_int_eq(world_ask(&reply, &w, text), 206);
		ck_assert_str_eq(buf_str(&reply.body), "abcd");
		ASSERT_HEADER(&reply, "Content-Range", "bytes 26-29/10000");
		ASSERT_HEADER(&reply, "Content-Length", "4");
		ASSERT_HEADER(&reply, "ETag", "\"v1\"");
		(void)snprintf(text, sizeof(text),
		               "GET %s HTTP/1.1\r\nHost: x\r\n"
		               "Range: bytes=-1\r\n\r\n",
		               paths[i]);
		ck_assert_int_eq(world_ask(&reply, &w, text), 206);
		ck_assert_str_eq(buf_str(&reply.body), "p");
		ASSERT_HEADER(&reply, "Content-Range", "bytes 9999-9999/10000");
		(void)snprintf(text, sizeof(text),
		               "GET %s HTTP/1.1\r\nHost: x\r\n"
		               "Range: bytes=10000-\r\n\r\n",
		               paths[i]);
		ck_assert_int_eq(world_ask(&reply, &w, text), 416);
		ASSERT_HEADER(&reply, "Content-Range", "bytes */10000");
		ASSERT_HEADER(&reply, "Content-Type",
		              "application/problem+json");
	}
	world_stop(&w, 0);
}

TEST(a_whole_file_arrives_byte_for_byte)
{
	SCOPED(raw_reply_fini)
	struct raw_reply file = {0}, bytes = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(
		world_ask(&file, &w, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
	ck_assert_int_eq(world_ask(&bytes, &w,
	                           "GET /tagged HTTP/1.1\r\nHost: x\r\n\r\n"),
	                 200);
	ck_assert_uint_eq(file.body.len, 10000);
	ck_assert_str_eq(buf_str(&file.body), buf_str(&bytes.body));
	ASSERT_HEADER(&file, "Accept-Ranges", "bytes");
	ASSERT_HEADER(&bytes, "Cache-Control",
	              "public, max-age=31536000, immutable");
	world_stop(&w, 0);
}

TEST(what_the_client_has_already_is_304)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "GET /tagged HTTP/1.1\r\nHost: x\r\n"
	                         "If-None-Match: \"v0\", \"v1\"\r\n\r\n"),
	                 304);
	ASSERT_HEADER(&reply, "ETag", "\"v1\"");
	ASSERT_HEADER(&reply, "Cache-Control",
	              "public, max-age=31536000, immutable");
	ASSERT_NO_HEADER(&reply, "Content-Type");
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "GET /file HTTP/1.1\r\nHost: x\r\n"
	                         "If-None-Match: W/\"v1\"\r\n\r\n"),
	                 304);
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "GET /file HTTP/1.1\r\nHost: x\r\n"
	                         "If-None-Match: \"v0\"\r\n\r\n"),
	                 200);
	world_stop(&w, 0);
}
