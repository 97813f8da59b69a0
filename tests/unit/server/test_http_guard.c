#include "config.h"

#include "tests/unit/server/http_world.h"

#include <stdio.h>
#include <string.h>

#define HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

static const char *const smuggles[] = {
	/* reliability: each was a second request, or was read leniently */
	"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
	"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
	"Content-Length: 4, 4\r\n\r\nbody",
	"Content-Length: +4\r\n\r\nbody",
	"Content-Length: 0x4\r\n\r\nbody",
	"Content-Length: 04\r\n\r\nbody",
	"Content-Length:\r\n\r\n",
	"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
	"Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
	"0\r\n\r\n",
	"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"Host: y\r\n\r\n",
	"X: a\rb\r\n\r\n",
	"X: a\x01b\r\n\r\n",
	"X\x7f: a\r\n\r\n",
	": a\r\n\r\n",
	"no colon\r\n\r\n",
	/* bare line feeds, folded lines, a fold that spells a new name */
	"X: a\nY: b\r\n\r\n",
	"X: a\n\r\n",
	"X: a\r\n\n",
	"X: a\r\n b\r\n\r\n",
	"Content-Le: 4\r\n ngth\r\n\r\nbody",
	"X: a\r\n\tb\r\n\tc\r\nY: d\r\n\r\n",
};

TEST(what_two_parsers_could_read_differently_ends_the_connection)
{
	for (size_t i = 0; i < sizeof(smuggles) / sizeof(smuggles[0]); i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		char text[400];
		struct world w;

		world_open(&w);
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);
		(void)snprintf(text, sizeof(text),
		               "POST /v1/echo HTTP/1.1\r\nHost: x\r\n%s" HELLO,
		               smuggles[i]);
		ck_assert_msg(raw_ask(&reply, &r, text) == 400, "%s: %d",
		              smuggles[i], reply.status);
		ASSERT_HEADER(&reply, "Connection", "close");
		ck_assert(raw_ended(&r));
		ck_assert_msg(w.deps.handled == 0, "%s", smuggles[i]);
		world_stop(&w, 0);
	}
}

static const struct {
	const char *line;
	int status;
} lines[] = {
	{"GET http://x/hello HTTP/1.1", 400},
	{"GET * HTTP/1.1", 400},
	{"G@T /hello HTTP/1.1", 400},
	{"get /hello HTTP/1.1", 400},
	{"CONNECT x:80 HTTP/1.1", 400},
	{"TRACE /hello HTTP/1.1", 400},
	{"GET /v1/things/a%00b HTTP/1.1", 400},
	{"GET /v1/things/a%2fb HTTP/1.1", 400},
	{"GET /v1/things/a%2Fb HTTP/1.1", 400},
	{"GET /v1/things/a%5cb HTTP/1.1", 400},
	{"GET /v1/things/a%252fb HTTP/1.1", 400},
	{"GET /v1/things/%zz HTTP/1.1", 400},
	{"GET /v1/things/% HTTP/1.1", 400},
	{"GET /v1/things/../x HTTP/1.1", 400},
	{"GET /v1/things/%2e%2E HTTP/1.1", 400},
	{"GET /v1/./things/x HTTP/1.1", 400},
	{"GET //v1/things/x HTTP/1.1", 400},
	{"GET /v1//things/x HTTP/1.1", 400},
	{"GET /hello#x HTTP/1.1", 400},
	{"GET /hello\\x HTTP/1.1", 400},
	{"GET /hello?a=%00 HTTP/1.1", 400},
	{"GET /v1/things/\xc3\xa9 HTTP/1.1", 400},
	{"GET /v1/things/%c3%a9 HTTP/1.1", 400},
	{"GET  /hello HTTP/1.1", 400},
	{"GET /hello HTTP/1.2", 400},
	{"GET /hello HTTP/2.0", 505},
	{"GET /hello HTTP/9.9", 505},
	{"GET /hello http/1.1", 400},
	{"GET /hello HTTP/1.1 ", 400},
};

TEST(a_request_line_that_is_not_plain_ends_the_connection)
{
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);
		char text[300];

		(void)snprintf(text, sizeof(text), "%s\r\nHost: x\r\n\r\n%s",
		               lines[i].line, HELLO);
		ck_assert_msg(raw_ask(&reply, &r, text) == lines[i].status,
		              "%s: %d", lines[i].line, reply.status);
		ASSERT_HEADER(&reply, "Connection", "close");
		ck_assert(raw_ended(&r));
	}
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(a_nul_in_the_head_cuts_nothing_off)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
#define ROW(s) {s, sizeof(s) - 1}
		ROW("GET /hello\0x HTTP/1.1\r\nHost: x\r\n\r\n"),
		ROW("GET /hello HTTP/1.1\r\nHost: x\0y\r\n\r\n"),
		ROW("GET /hello HTTP/1.1\r\nHost: x\r\nX\0: y\r\n\r\n"),
		ROW("GET /hello HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n"),
#undef ROW
	};
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);

		ck_assert_int_eq(raw_send(&r, rows[i].bytes, rows[i].n), 0);
		ck_assert_int_eq(raw_read(&reply, &r, false), 0);
		ck_assert_int_eq(reply.status, 400);
		ck_assert(raw_ended(&r));
	}
	ck_assert_uint_eq(w.deps.handled, 0);
	world_stop(&w, 0);
}

TEST(chunked_from_an_old_client_is_refused)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(world_ask(&reply, &w,
	                           "POST /v1/echo HTTP/1.0\r\n"
	                           "Transfer-Encoding: chunked\r\n\r\n"
	                           "0\r\n\r\n"),
	                 400);
	world_stop(&w, 0);
}

TEST(a_request_without_host_is_refused_from_1_1_on)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	ck_assert_int_eq(world_ask(&reply, &w, "GET /hello HTTP/1.1\r\n\r\n"),
	                 400);
	world_stop(&w, 0);
}

/* One large header, or many small ones. */
static void head_of(struct buf *out, bool is_one, size_t size)
{
	buf_puts(out, "GET /page HTTP/1.1\r\nHost: x\r\nX: ");
	while (out->len < size)
		buf_puts(out, is_one ? "x" : "\r\nX: yyyyyyyyyyyyyyyyy");
	buf_puts(out, "\r\n\r\n");
}

/* Whatever its size and shape, a head is answered: served, or refused as too
 * large. Only where nothing at all of the library's 8 KB is left for a reply
 * does the connection end in silence. */
TEST(a_head_of_any_size_gets_an_answer)
{
	struct world w;

	world_open(&w);
	for (int shape = 0; shape < 2; shape++) {
		int before = 200, silent = 0;

		for (size_t size = 200; size < 12000; size += 100) {
			SCOPED(raw_reply_fini)
			struct raw_reply reply = {0};
			SCOPED(buf_fini)
			struct buf text = BUF_INIT(1 << 16);

			head_of(&text, shape == 0, size);
			int status = world_ask(&reply, &w, buf_str(&text));
			silent += status == -1;
			if (status == -1)
				continue;
			ck_assert_msg(status == 200 || status == 400 ||
			                      status == 414 || status == 431,
			              "%d: %zu: %d", shape, size, status);
			/* Once too large, always too large. */
			ck_assert(before == 200 || status != 200);
			before = status;
		}
		ck_assert_int_ne(before, 200);
		ck_assert_msg(silent <= 4, "%d: %d silent", shape, silent);
	}
	world_stop(&w, 0);
}

TEST(cookies_are_let_pass_until_they_are_too_many)
{
	struct world w;

	world_open(&w);
	for (int n = 10; n <= 1000; n *= 10) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(1 << 16);
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);

		buf_puts(&text, "GET /page HTTP/1.1\r\nHost: x\r\nCookie: a=b");
		for (int i = 0; i < n; i++)
			buf_puts(&text, "; a=b");
		buf_puts(&text, "\r\n\r\n");
		int status = raw_ask(&reply, &r, buf_str(&text));
		ck_assert_msg(n == 10 ? status == 200 : status != 200, "%d: %d",
		              n, status);
		ck_assert(n == 10 || raw_ended(&r));
	}
	world_stop(&w, 0);
}

static void parameters_of(struct buf *out, int n)
{
	buf_puts(out, "GET /page?");
	for (int i = 0; i < n; i++)
		buf_puts(out, "a&");
	buf_puts(out, " HTTP/1.1\r\nHost: x\r\n\r\n");
}

/* Too many for the library's memory, and it does not say so (0.9.75). */
TEST(parameters_without_end_end_the_connection)
{
	static const int counts[] = {10, 100, 200, 900};
	static const int statuses[] = {200, 431, -1, -1};
	struct world w;

	world_open(&w);
	for (int i = 0; i < 4; i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};
		SCOPED(buf_fini)
		struct buf text = BUF_INIT(1 << 16);
		SCOPED(raw_close)
		struct raw_http r = world_connect(&w);

		parameters_of(&text, counts[i]);
		ck_assert_int_eq(raw_ask(&reply, &r, buf_str(&text)),
		                 statuses[i]);
		ck_assert(statuses[i] == 200 || raw_ended(&r));
	}
	world_stop(&w, 0);
}
