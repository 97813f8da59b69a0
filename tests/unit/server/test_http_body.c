#include "config.h"

#include "lib/base/fs.h"
#include "tests/unit/server/http_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

static void body_of(struct buf *out, const char *head, size_t n)
{
	buf_printf(out, "%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
	           head, n);
	for (size_t i = 0; i < n; i++)
		buf_putc(out, (char)('A' + i % 26));
}

TEST(a_body_up_to_the_limit_arrives_whole)
{
	static const size_t sizes[] = {0, 1, WORLD_BODY_MAX};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(1 << 16);

		body_of(&text, "POST /v1/echo", sizes[i]);
		ck_assert_int_eq(raw_ask(&reply, &r, buf_str(&text)), 200);
		ck_assert_uint_eq(reply.body.len, sizes[i]);
		ck_assert_str_eq(buf_str(&reply.body),
		                 buf_str(&text) + text.len - sizes[i]);
	}
	world_stop(&w, 0);
}

TEST(a_body_over_the_limit_is_413_before_it_is_sent)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                         "Content-Length: 1025\r\n\r\n"),
	                 413);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&reply.body), "1025 bytes, at most 1024"));
	ASSERT_HEADER(&reply, "Connection", "close");
	ck_assert(raw_ended(&r));
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(a_body_where_none_belongs_is_413)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /hello HTTP/1.1\r\nHost: x\r\n"
	                           "Content-Length: 1\r\n\r\nx"),
	                 413);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "GET /hello HTTP/1.1\r\nHost: x\r\n"
	                           "Transfer-Encoding: chunked\r\n\r\n"
	                           "1\r\nx\r\n0\r\n\r\n"),
	                 413);
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(chunks_are_put_together_and_counted)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r,
	                         "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                         "Transfer-Encoding: Chunked\r\n\r\n"
	                         "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n"
	                         "0\r\nTrailer: x\r\n\r\n"),
	                 200);
	ck_assert_str_eq(buf_str(&reply.body), "abc0123456789");
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

static void chunks_of(struct buf *out, size_t chunks)
{
	buf_puts(out, "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	              "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; i < chunks; i++)
		buf_printf(out, "40\r\n%064d\r\n", 7);
}

TEST(chunks_are_allowed_up_to_the_limit_and_no_byte_more)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	for (size_t over = 0; over < 2; over++) {
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(1 << 16);
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);

		chunks_of(&text, WORLD_BODY_MAX / 64);
		buf_puts(&text, over ? "1\r\nx\r\n0\r\n\r\n" : "0\r\n\r\n");
		ck_assert_int_eq(raw_ask(&reply, &r, buf_str(&text)),
		                 over ? 413 : 200);
		if (over)
			ck_assert(raw_ended(&r));
	}
	ck_assert_uint_eq(w.deps.handled, 1);
	world_stop(&w, 0);
}

TEST(chunks_without_end_are_cut_off)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(1 << 20);
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	chunks_of(&text, 3000);
	/* The end may come while we are still sending. */
	ck_assert(raw_puts(&r, buf_str(&text)) != 0 || raw_ended(&r));
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(broken_chunks_are_refused)
{
	static const char *const bad[] = {
		"x\r\n",         "0x3\r\nabc\r\n0\r\n\r\n",
		"-1\r\n",        "3\r\nabcd\r\n0\r\n\r\n",
		" 3\r\nabc\r\n", "FFFFFFFFFFFFFFFFF\r\n",
		"\r\n0\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n",
	};
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);
		char text[200];

		(void)snprintf(text, sizeof(text),
		               "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
		               "Transfer-Encoding: chunked\r\n\r\n%s",
		               bad[i]);
		int status = raw_ask(&reply, &r, text);
		ck_assert_msg(status == 400 || status == 413, "%s: %d", bad[i],
		              status);
		ck_assert(raw_ended(&r));
	}
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(expect_gets_its_continue_and_then_its_answer)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                              "Content-Length: 3\r\n"
	                              "Expect: 100-continue\r\n\r\n"),
	                 0);
	while (strstr(buf_str(&r.in), "\r\n\r\n") == NULL) {
		char piece[100];
		ssize_t n = read(r.fd, piece, sizeof(piece));

		ck_assert_int_gt(n, 0);
		buf_add(&r.in, piece, (size_t)n);
	}
	ck_assert_int_eq(strncmp(buf_str(&r.in), "HTTP/1.1 100 ", 13), 0);
	ck_assert_int_eq(raw_ask(&reply, &r, "abc"), 200);
	ck_assert_str_eq(buf_str(&reply.body), "abc");
	world_stop(&w, 0);
}

TEST(expect_for_too_much_is_refused_instead)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, "POST /secret HTTP/1.1\r\nHost: x\r\n"
	                              "Content-Length: 3\r\n"
	                              "Expect: 100-continue\r\n\r\n"),
	                 0);
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_int_eq(reply.status, 401);
	ck_assert_int_eq(strncmp(buf_str(&reply.head), "HTTP/1.1 401 ", 13), 0);
	ck_assert(raw_ended(&r));
	world_stop(&w, 0);
}

TEST(a_refused_body_is_read_past_so_that_the_connection_stays)
{
	static const char *const asks[] = {
		"POST /nowhere HTTP/1.1\r\nHost: x\r\n"
		"Content-Length: 5\r\n\r\n12345",
		"POST /secret HTTP/1.1\r\nHost: x\r\n"
		"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n",
	};
	static const int statuses[] = {404, 401};
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < 2; i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);

		ck_assert_int_eq(raw_ask(&reply, &r, asks[i]), statuses[i]);
		ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	}
	world_stop(&w, 0);
}

TEST(a_large_body_goes_through_a_file)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(2 << 20);
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	unsigned long long told, got, sum, ours = 0;
	struct world w;

	world_open(&w);
	body_of(&text, "PUT /v1/upload", WORLD_SPOOL_MAX);
	for (size_t i = text.len - WORLD_SPOOL_MAX; i < text.len; i++)
		ours += (unsigned char)text.data[i];
	ck_assert_int_eq(world_ask(&reply, &w, buf_str(&text)), 200);
	ck_assert_int_eq(sscanf(buf_str(&reply.body), "%llu %llu %llu", &told,
	                        &got, &sum),
	                 3);
	ck_assert_uint_eq(told, WORLD_SPOOL_MAX);
	ck_assert_uint_eq(got, WORLD_SPOOL_MAX);
	ck_assert_uint_eq(sum, ours);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "PUT /v1/upload HTTP/1.1\r\nHost: x\r\n"
	                           "Content-Length: 1048577\r\n\r\n"),
	                 413);
	world_stop(&w, 0);
}

TEST(a_body_without_a_folder_to_go_to_is_an_error_of_ours)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_init(&w);
	w.config.spool_dir = test_path("absent");
	world_start(&w);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "PUT /v1/upload HTTP/1.1\r\nHost: x\r\n"
	                           "Content-Length: 1\r\n\r\nx"),
	                 500);
	world_stop(&w, 0);
}

static int full_disk(void *ctx, enum fs_op op, const char *path)
{
	(void)ctx;
	(void)path;
	return op == FS_WRITE ? ENOSPC : 0;
}

TEST(a_full_disk_is_told_to_who_sends_a_large_body)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(2 << 20);
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	fs_set_hook(full_disk, NULL);
	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	body_of(&text, "PUT /v1/upload", WORLD_SPOOL_MAX);
	ck_assert_int_eq(raw_ask(&reply, &r, buf_str(&text)), 507);
	ck_assert(raw_ended(&r));
	world_stop(&w, 0);
}

/* CPU time of this process in milliseconds. */
static int64_t cpu_ms(void)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 0.9.75 turns in circles over a chunk extension that fills its buffer. */
TEST(a_chunk_extension_without_end_does_not_burn_the_loop)
{
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(1 << 20);
	int64_t begun = cpu_ms();
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	buf_puts(&text, "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                "Transfer-Encoding: chunked\r\n\r\n3;");
	for (int i = 0; i < 200000; i++)
		buf_putc(&text, 'x');
	ck_assert(raw_puts(&r, buf_str(&text)) != 0 || raw_ended(&r));
	ck_assert_int_lt(cpu_ms() - begun, 5000);
	world_stop(&w, 0);
}
