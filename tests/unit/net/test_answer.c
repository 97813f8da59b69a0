/*
 * What test_rooms.c can not say over a socket: pieces and bounds.
 */
#include "config.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "net/answer.h"
#include "tests/support/runner.h"

#include <string.h>

#define OK "HTTP/1.1 200 OK\r\n"

/* Reads text in pieces of so many bytes; what it has of a body goes into
 * `body`. Gives how many bytes were read, or -1. */
static int read_in(struct net_answer *a, struct buf *body, const char *text,
                   size_t piece, struct err *e)
{
	size_t n = strlen(text), at = 0;

	net_answer_init(a);
	buf_reset(body);
	while (at < n && a->state != NET_ANSWERED) {
		size_t some = n - at < piece ? n - at : piece, used, len;
		const char *part;

		if (net_answer_read(a, text + at, some, &used, &part, &len,
		                    e) != 0)
			return -1;
		ck_assert_uint_gt(used, 0);
		ck_assert_uint_le(used, some);
		if (len > 0)
			buf_add(body, part, len);
		at += used;
	}
	return (int)at;
}

TEST(pieces_of_any_size_make_the_same_answer)
{
	static const char text[] =
		"HTTP/1.1 100 Go on\r\nA: b\r\n\r\nHTTP/1.1 206 Part\r\n"
		"Transfer-Encoding: chunked\r\nRetry-After: 9\r\n"
		"Content-Range: bytes 0-9/10\r\n\r\n"
		"3\r\nabc\r\n7;x=y\r\ndefghij\r\n0\r\nT: u\r\n\r\nrest";

	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct net_answer a;
		SCOPED(buf_fini)
		struct buf body = BUF_INIT(100);
		struct err e;

		ck_assert_int_eq(read_in(&a, &body, text, piece, &e),
		                 (int)strlen(text) - 4);
		ck_assert_str_eq(buf_str(&body), "abcdefghij");
		ck_assert_int_eq(a.status, 206);
		ck_assert_str_eq(a.content_range, "bytes 0-9/10");
		ck_assert_str_eq(a.retry_after, "9");
		ck_assert(!a.last);
		ASSERT_OK(net_answer_end(&a, &e));
	}
}

TEST(an_end_completes_only_what_had_no_other_end)
{
	static const struct {
		const char *text;
		const char *says; /* NULL: it was complete */
	} rows[] = {
		{OK "\r\nall of it", NULL},
		{OK "Content-Length: 2\r\n\r\nab", NULL},
		{OK "Content-Length: 3\r\n\r\nab", "within the answer"},
		{OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
	         "within the answer"},
		{OK "Transfer-Encoding: chunked\r\n\r\n0\r\n",
	         "within the answer"},
		{OK "Content-Length: 0\r\n", "within the headers"},
		{"HTTP/1.1 100 Go on\r\n\r\n", "within the headers"},
		{"", "without an answer"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_answer a;
		SCOPED(buf_fini)
		struct buf body = BUF_INIT(100);
		struct err e = {0};

		ck_assert_int_ge(read_in(&a, &body, rows[i].text, 7, &e), 0);
		if (rows[i].says == NULL) {
			ASSERT_OK(net_answer_end(&a, &e));
			continue;
		}
		ASSERT_ERR(net_answer_end(&a, &e), ERR_UNREACHABLE);
		ASSERT_SAYS(rows[i].says);
	}
}

/* `begin`, then `unit` so many times, then `end`. */
static int read_all(const char *begin, const char *unit, size_t times,
                    const char *end, struct err *e)
{
	struct net_answer a;
	SCOPED(buf_fini)
	struct buf text = BUF_INIT((size_t)1 << 20);
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(100);

	buf_puts(&text, begin);
	while (times-- > 0)
		buf_puts(&text, unit);
	buf_puts(&text, end);
	return read_in(&a, &body, buf_str(&text), 1000, e) >= 0 ? 0 : -1;
}

static int read_many(const char *unit, size_t times, const char *end,
                     struct err *e)
{
	return read_all(OK, unit, times, end, e);
}

TEST(a_folded_header_is_called_one)
{
	struct err e;

	ASSERT_ERR(read_many("A: b\r\n c: d\r\n", 1, "\r\n", &e),
	           ERR_UNREACHABLE);
	ASSERT_SAYS("a folded header");
}

TEST(headers_have_a_bound)
{
	static const char end[] = "\r\nContent-Length: 0\r\n\r\n";
	struct err e;

	ASSERT_OK(read_many("x", 1, ": y\r\nContent-Length: 0\r\n\r\n", &e));
	ASSERT_ERR(read_many("x", NET_LINE_MAX, end, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("a line without end");
	ASSERT_OK(read_many("A: b\r\n", 10000, "\r\n", &e));
	ASSERT_ERR(read_many("A: b\r\n", 11000, "\r\n", &e), ERR_UNREACHABLE);
	ASSERT_SAYS("headers without end");
}

TEST(interim_answers_and_trailers_count_into_the_bound)
{
	static const char interim[] = "HTTP/1.1 100 Go on\r\n\r\n";
	static const char end[] = OK "\r\n";
	static const char chunked[] =
		OK "Transfer-Encoding: chunked\r\n\r\n0\r\n";
	struct err e;

	ASSERT_OK(read_all("", interim, 1000, end, &e));
	ASSERT_ERR(read_all("", interim, 5000, end, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("headers without end");
	ASSERT_OK(read_all(chunked, "A: b\r\n", 1000, "\r\n", &e));
	ASSERT_ERR(read_all(chunked, "A: b\r\n", 11000, "\r\n", &e),
	           ERR_UNREACHABLE);
	ASSERT_SAYS("headers without end");
	ASSERT_ERR(read_all(chunked, "A : b\r\n", 1, "\r\n", &e),
	           ERR_UNREACHABLE);
	ASSERT_SAYS("a header without a name");
}

TEST(the_extension_of_a_chunk_has_a_bound)
{
	static const char head[] = OK "Transfer-Encoding: chunked\r\n\r\n1;";
	struct net_answer a;
	SCOPED(buf_fini)
	struct buf text = BUF_INIT(4096);
	SCOPED(buf_fini)
	struct buf body = BUF_INIT(100);
	struct err e;

	buf_puts(&text, head);
	for (int i = 0; i < NET_CHUNK_LINE_MAX; i++)
		buf_putc(&text, 'x');
	ck_assert_int_eq(read_in(&a, &body, buf_str(&text), 9, &e), -1);
	ASSERT_SAYS("a line without end");
}

TEST(a_length_has_a_bound)
{
	struct err e;

	ASSERT_OK(read_many("", 0, "Content-Length: 9007199254740991\r\n\r\n",
	                    &e));
	ASSERT_ERR(read_many("", 0, "Content-Length: 9007199254740992\r\n\r\n",
	                     &e),
	           ERR_UNREACHABLE);
	ASSERT_ERR(read_many("", 0,
	                     "Transfer-Encoding: chunked\r\n\r\n"
	                     "11111111111111\r\n",
	                     &e),
	           ERR_UNREACHABLE);
}
