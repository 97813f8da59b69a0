#include "config.h"

#include "lib/base/mem.h"
#include "net/net.h"
#include "tests/support/runner.h"
#include "tests/unit/net/verbatim.h"

#include <stdlib.h>
#include <string.h>

static struct net *new_net(void)
{
	static const struct net_options quick = {.connect_ms = 2000,
	                                         .total_ms = 5000};

	return net_new(&quick);
}

static int get(struct net *n, struct net_reply *r, const char *url, size_t max,
               struct err *e)
{
	struct net_request q = {.method = "GET", .url = url, .max_bytes = max};
	struct net_door d = net_door(n);

	return net_ask(&d, r, &q, e);
}

TEST(an_answer_comes_with_its_status_and_body)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, none = {0};
	struct err e;

	ASSERT_OK(get(n, &r, verbatim_url(s, "/a"), 5, &e));
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(buf_str(&r.body), "hello");
	ASSERT_OK(get(n, &none, verbatim_url(s, "/b"), 0, &e));
	ck_assert_int_eq(none.status, 404);
	ck_assert_str_eq(buf_str(&none.body), "none");
	verbatim_stop(s);
	/* Kept alive between the two. */
	ck_assert_int_eq(s->connections, 1);
	ck_assert(strncmp(s->asked[0], "GET /a HTTP/1.1\r\n", 17) == 0);
	ck_assert_ptr_nonnull(strstr(s->asked[0], "User-Agent: pawl/"));
	net_reply_fini(&r);
}

TEST(a_post_carries_its_body_and_its_token)
{
	static const char *const answers[] = {
		"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct net_request q = {.method = "POST",
	                        .url = verbatim_url(s, "/v1/enrol"),
	                        .bearer = "tok",
	                        .body = "{\"a\":1}",
	                        .body_len = 7,
	                        .max_bytes = 100};
	struct net_door d = net_door(n);
	struct err e;

	ASSERT_OK(net_ask(&d, &r, &q, &e));
	ck_assert_int_eq(r.status, 201);
	verbatim_stop(s);
	ck_assert(strncmp(s->asked[0], "POST /v1/enrol HTTP/1.1\r\n", 25) == 0);
	ck_assert_ptr_nonnull(
		strstr(s->asked[0], "Content-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(
		strstr(s->asked[0], "Authorization: Bearer tok\r\n"));
	ck_assert_ptr_nonnull(strstr(s->asked[0], "\r\n\r\n{\"a\":1}"));
	ck_assert_ptr_null(strstr(s->asked[0], "Expect:"));
}

struct sunk {
	char bytes[64];
	size_t n;
	int64_t from, total;
	bool full;
};

static int sink(void *ctx, const struct net_reply *head, const void *bytes,
                size_t n, struct err *e)
{
	struct sunk *k = ctx;

	if (k->full)
		return err_set(e, ERR_NO_SPACE, "sink: full");
	memcpy(k->bytes + k->n, bytes, n);
	k->n += n;
	k->from = head->range_from;
	k->total = head->range_total;
	return 0;
}

TEST(a_range_goes_into_the_sink)
{
	static const char *const answers[] = {
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n"
		"Content-Range: bytes 10-14/100\r\n\r\nhello",
		"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: "
		"120\r\n\r\nbusy"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, busy = {0};
	struct sunk k = {0};
	struct net_request q = {.method = "GET",
	                        .url = verbatim_url(s, "/x"),
	                        .from_byte = 10,
	                        .to_byte = 14,
	                        .max_bytes = 5,
	                        .sink = sink,
	                        .sink_ctx = &k};
	struct net_door d = net_door(n);
	struct err e;

	ASSERT_OK(net_ask(&d, &r, &q, &e));
	ck_assert_int_eq(r.status, 206);
	ck_assert_uint_eq(k.n, 5);
	ck_assert_mem_eq(k.bytes, "hello", 5);
	ck_assert_int_eq(k.from, 10);
	ck_assert_int_eq(k.total, 100);
	ck_assert_int_eq(r.retry_after_s, -1);
	/* What is no success does not go where the file goes. */
	ASSERT_OK(net_ask(&d, &busy, &q, &e));
	ck_assert_int_eq(busy.status, 503);
	ck_assert_int_eq(busy.retry_after_s, 120);
	ck_assert_uint_eq(k.n, 5);
	ck_assert_str_eq(buf_str(&busy.body), "busy");
	verbatim_stop(s);
	ck_assert_ptr_nonnull(strstr(s->asked[0], "Range: bytes=10-14\r\n"));
	net_reply_fini(&r);
}

TEST(an_answer_above_its_bound_is_refused)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: "
		"close\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: "
		"close\r\n\r\n6\r\nhello!\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: "
		"close\r\n\r\nhello!"};
	struct verbatim *s = verbatim_start(answers, 3);
	SCOPED(net_free)
	struct net *n = new_net();
	struct sunk k = {0};
	struct net_request q = {.method = "GET",
	                        .url = verbatim_url(s, "/x"),
	                        .max_bytes = 5,
	                        .sink = sink,
	                        .sink_ctx = &k};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(get(n, &r, verbatim_url(s, "/a"), 5, &e), ERR_TOO_LARGE);
	ASSERT_SAYS("more than 5 bytes");
	ASSERT_ERR(get(n, &r, verbatim_url(s, "/b"), 5, &e), ERR_TOO_LARGE);
	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_TOO_LARGE);
	verbatim_stop(s);
}

/* With this status line, and a page of so many bytes. */
static const char *page(const char *status, size_t len)
{
	char *head = xasprintf("HTTP/1.1 %s\r\nRetry-After: 9\r\n"
	                       "Content-Length: %zu\r\n\r\n",
	                       status, len);
	size_t n = strlen(head);
	char *all = test_keep(xreallocarray(head, n + len + 1, 1));

	memset(all + n, 'p', len);
	all[n + len] = '\0';
	return all;
}

/* A page of the network in between, whatever bound the file has: it is an
 * answer, and no memory for whoever makes it long. */
TEST(of_a_page_that_is_no_file_the_first_16_kib_are_kept)
{
	static const struct {
		const char *status, *bearer; /* a token: by libcurl */
		size_t len, max_bytes, kept;
		int connections;
		bool has_sink;
	} rows[] = {
		{"404 No", NULL, 20000, SIZE_MAX, 16384, 2, true},
		{"404 No", "t", 20000, SIZE_MAX, 16384, 2, true},
		{"302 There", NULL, 20000, SIZE_MAX, 16384, 2, true},
		{"203 Other", NULL, 20000, SIZE_MAX, 16384, 2, true},
		{"203 Other", NULL, 20000, 20000, 20000, 1, false},
		{"201 New", "t", 20000, 20000, 20000, 1, false},
		{"503 Busy", NULL, 20000, 5, 16384, 2, true},
		{"503 Busy", NULL, 20000, 5, 16384, 2, false},
		{"503 Busy", "t", 20000, 5, 16384, 2, false},
		{"503 Busy", NULL, 16385, 5, 16384, 2, false},
		{"503 Busy", NULL, 16384, 5, 16384, 1, false},
		{"503 Busy", "t", 16384, 5, 16384, 1, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *answers[] = {
			page(rows[i].status, rows[i].len),
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
		struct verbatim *s = verbatim_start(answers, 2);
		SCOPED(net_free)
		struct net *n = new_net();
		SCOPED(net_reply_fini)
		struct net_reply r = {0}, next = {0};
		struct sunk k = {0};
		struct net_request q = {.method = "GET",
		                        .url = verbatim_url(s, "/x"),
		                        .bearer = rows[i].bearer,
		                        .max_bytes = rows[i].max_bytes,
		                        .sink = rows[i].has_sink ? sink : NULL,
		                        .sink_ctx = &k};
		struct net_door d = net_door(n);
		struct err e = {0};

		ck_assert_msg(net_ask(&d, &r, &q, &e) == 0, "%zu: %s", i,
		              e.msg);
		ck_assert_int_eq(r.status,
		                 (int)strtol(rows[i].status, NULL, 10));
		ck_assert_int_eq(r.retry_after_s, 9);
		ck_assert_uint_eq(r.body.len, rows[i].kept);
		ck_assert_uint_eq(k.n, 0);
		/* The rest of the page is not the next answer. */
		ASSERT_OK(get(n, &next, q.url, 2, &e));
		ck_assert_str_eq(buf_str(&next.body), "ok");
		verbatim_stop(s);
		ck_assert_msg(s->connections == rows[i].connections,
		              "%zu: %d connections", i, s->connections);
		net_reply_fini(&r);
	}
}

TEST(a_sink_that_refuses_ends_the_request_with_its_own_error)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: "
		"close\r\n\r\nhello!"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	struct sunk k = {.full = true};
	struct net_request q = {.method = "GET",
	                        .url = verbatim_url(s, "/x"),
	                        .max_bytes = 50,
	                        .sink = sink,
	                        .sink_ctx = &k};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_NO_SPACE);
	ASSERT_SAYS("sink: full");
	verbatim_stop(s);
}

TEST(a_redirect_is_an_answer_and_never_followed)
{
	static const char *const answers[] = {
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
		"/elsewhere\r\n\r\n"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e;

	ASSERT_OK(get(n, &r, verbatim_url(s, "/x"), 5, &e));
	ck_assert_int_eq(r.status, 302);
	verbatim_stop(s);
	ck_assert_uint_eq(s->n_asked, 1);
}

TEST(a_path_is_sent_as_it_is_written)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e;

	ASSERT_OK(get(n, &r, verbatim_url(s, "/t/..%2Fa/../b"), 5, &e));
	verbatim_stop(s);
	ck_assert(strncmp(s->asked[0], "GET /t/..%2Fa/../b HTTP/1.1\r\n", 29) ==
	          0);
}

TEST(a_request_may_bring_its_own_time)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "more"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	struct net_request q = {.method = "GET",
	                        .url = verbatim_url(s, "/x"),
	                        .max_bytes = 9,
	                        .total_ms = 300};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("timed out");
	verbatim_stop(s);
}

TEST(no_answer_is_unreachable)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: "
		"close\r\n\r\nhello"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	const char *url = verbatim_url(s, "/x");
	struct net_reply r;
	struct err e;

	ASSERT_ERR(get(n, &r, url, 500, &e), ERR_UNREACHABLE); /* cut */
	verbatim_stop(s);
	ASSERT_ERR(get(n, &r, url, 500, &e), ERR_UNREACHABLE); /* gone */
	ASSERT_SAYS("127.0.0.1");
}

TEST(only_http_is_spoken)
{
	static const char *const urls[] = {"file:///etc/passwd",
	                                   "ftp://127.0.0.1/x", "gopher://x",
	                                   "no url"};
	SCOPED(net_free)
	struct net *n = new_net();
	struct net_reply r;
	struct err e;

	for (size_t i = 0; i < 3; i++)
		ASSERT_ERR(get(n, &r, urls[i], 500, &e), ERR_INVALID);
	ck_assert_int_ne(get(n, &r, urls[3], 500, &e), 0);
}

TEST(a_content_range_is_read_strictly)
{
	static const char *const bad[] = {"",
	                                  "bytes",
	                                  "bytes 0-4",
	                                  "bytes 4-0/9",
	                                  "bytes */9",
	                                  "bytes 0-4/",
	                                  "bytes 0-4/4",
	                                  "bytes -4/9",
	                                  "octets 0-4/9",
	                                  "bytes 0-4/9x",
	                                  "bytes 0-99999999999999999999/*"};
	int64_t from, total;

	ck_assert_int_eq(net_parse_content_range(&from, &total, "bytes 0-4/9"),
	                 0);
	ck_assert_int_eq(from, 0);
	ck_assert_int_eq(total, 9);
	ck_assert_int_eq(net_parse_content_range(&from, &total, "bytes 5-8/*"),
	                 0);
	ck_assert_int_eq(from, 5);
	ck_assert_int_eq(total, -1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(net_parse_content_range(&from, &total, bad[i]) ==
		                      -1,
		              "'%s'", bad[i]);
}

/* A body that no memory holds; it refuses from `until` on. */
struct stream {
	int64_t until, asked;
};

static int stream(void *ctx, void *out, size_t n, int64_t offset, struct err *e)
{
	struct stream *s = ctx;

	if (offset + (int64_t)n > s->until)
		return err_set(e, ERR_IO, "stream: dry");
	memset(out, 'x', n);
	s->asked = offset + (int64_t)n;
	return 0;
}

static int put(struct net *n, struct net_reply *r, const char *url,
               struct stream *body, size_t len, struct err *e)
{
	struct net_request q = {.method = "PUT",
	                        .url = url,
	                        .content_type = "application/octet-stream",
	                        .body_len = len,
	                        .source = stream,
	                        .source_ctx = body,
	                        .max_bytes = 100};
	struct net_door d = net_door(n);

	return net_ask(&d, r, &q, e);
}

TEST(a_source_gives_a_body_piece_by_piece)
{
	static const char *const answers[] = {
		"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, again = {0};
	struct stream body = {.until = 1500}, none = {0};
	struct err e;

	ASSERT_OK(put(n, &r, verbatim_url(s, "/b"), &body, 1500, &e));
	ck_assert_int_eq(r.status, 201);
	ck_assert_str_eq(buf_str(&r.body), "{}");
	ck_assert_int_eq(body.asked, 1500);
	ASSERT_OK(put(n, &again, verbatim_url(s, "/b"), &none, 0, &e));
	verbatim_stop(s);
	ck_assert(strncmp(s->asked[0], "PUT /b HTTP/1.1\r\n", 17) == 0);
	ck_assert_ptr_nonnull(strstr(s->asked[0], "Content-Length: 1500\r\n"));
	ck_assert_ptr_nonnull(strstr(s->asked[0], "Content-Type: "
	                                          "application/octet-stream"));
	ck_assert_ptr_null(strstr(s->asked[0], "Expect:"));
	ck_assert_ptr_nonnull(strstr(s->asked[0], "\r\n\r\nxxxxx"));
	ck_assert_ptr_nonnull(strstr(s->asked[1], "Content-Length: 0\r\n"));
	net_reply_fini(&r);
}

TEST(a_source_that_refuses_ends_the_request_with_its_own_error)
{
	static const char *const answers[] = {
		"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"};
	struct verbatim *s = verbatim_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	struct stream body = {.until = 100};
	struct net_reply r;
	struct err e;

	ASSERT_ERR(put(n, &r, verbatim_url(s, "/b"), &body, 100000, &e),
	           ERR_IO);
	ASSERT_SAYS("stream: dry");
	verbatim_stop(s);
}
