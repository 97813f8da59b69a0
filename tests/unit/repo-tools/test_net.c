#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/net.h"
#include "tests/support/runner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server that gives a prepared answer to each request, word for word, on
 * one connection after the other, and remembers what it was asked. */
struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *answers[8];
	size_t n_answers;
	char asked[8][2048];
	size_t n_asked;
	int connections;
};

/* Head and body of one request; false when the peer is gone. */
static bool read_request(int fd, char *out, size_t size)
{
	size_t n = 0, want = 0;

	memset(out, 0, size);
	while (n + 1 < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char *end, *length;
		ssize_t got;

		if (poll(&p, 1, 5000) != 1)
			return false;
		got = read(fd, out + n, size - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		end = strstr(out, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strstr(out, "Content-Length: ");
		if (length != NULL)
			want = (size_t)strtoul(length + 16, NULL, 10);
		if (n >= (size_t)(end + 4 - out) + want)
			return true;
	}
	return false;
}

static void *serve(void *arg)
{
	struct server *s = arg;

	while (s->n_asked < s->n_answers) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		s->connections++;
		while (s->n_asked < s->n_answers &&
		       read_request(fd, s->asked[s->n_asked],
		                    sizeof(s->asked[0]))) {
			const char *a = s->answers[s->n_asked++];

			if (send(fd, a, strlen(a), MSG_NOSIGNAL) < 0)
				break;
			if (strstr(a, "Connection: close") != NULL)
				break;
		}
		(void)close(fd);
	}
	return NULL;
}

static struct server *server_start(const char *const *answers, size_t n)
{
	struct server *s = test_keep(xcalloc(1, sizeof(*s)));
	struct sockaddr_in a = {.sin_family = AF_INET,
	                        .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);

	for (size_t i = 0; i < n; i++)
		s->answers[i] = answers[i];
	s->n_answers = n;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(listen(s->fd, 8), 0);
	ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, serve, s), 0);
	return s;
}

static void server_stop(struct server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
}

static const char *url_of(const struct server *s, const char *path)
{
	return test_keep(xasprintf("http://127.0.0.1:%u%s", s->port, path));
}

static struct net *new_net(void)
{
	static const struct net_options quick = {.connect_ms = 2000,
	                                         .total_ms = 5000};

	net_library_init();
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
	struct server *s = server_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, none = {0};
	struct err e;

	ASSERT_OK(get(n, &r, url_of(s, "/a"), 5, &e));
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(buf_str(&r.body), "hello");
	ASSERT_OK(get(n, &none, url_of(s, "/b"), 0, &e));
	ck_assert_int_eq(none.status, 404);
	ck_assert_str_eq(buf_str(&none.body), "none");
	server_stop(s);
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
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct net_request q = {.method = "POST",
	                        .url = url_of(s, "/v1/enrol"),
	                        .bearer = "tok",
	                        .body = "{\"a\":1}",
	                        .body_len = 7,
	                        .max_bytes = 100};
	struct net_door d = net_door(n);
	struct err e;

	ASSERT_OK(net_ask(&d, &r, &q, &e));
	ck_assert_int_eq(r.status, 201);
	server_stop(s);
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
	struct server *s = server_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, busy = {0};
	struct sunk k = {0};
	struct net_request q = {.method = "GET",
	                        .url = url_of(s, "/x"),
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
	server_stop(s);
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
	struct server *s = server_start(answers, 3);
	SCOPED(net_free)
	struct net *n = new_net();
	struct sunk k = {0};
	struct net_request q = {.method = "GET",
	                        .url = url_of(s, "/x"),
	                        .max_bytes = 5,
	                        .sink = sink,
	                        .sink_ctx = &k};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(get(n, &r, url_of(s, "/a"), 5, &e), ERR_TOO_LARGE);
	ASSERT_SAYS("more than 5 bytes");
	ASSERT_ERR(get(n, &r, url_of(s, "/b"), 5, &e), ERR_TOO_LARGE);
	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_TOO_LARGE);
	server_stop(s);
}

TEST(a_sink_that_refuses_ends_the_request_with_its_own_error)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: "
		"close\r\n\r\nhello!"};
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	struct sunk k = {.full = true};
	struct net_request q = {.method = "GET",
	                        .url = url_of(s, "/x"),
	                        .max_bytes = 50,
	                        .sink = sink,
	                        .sink_ctx = &k};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_NO_SPACE);
	ASSERT_SAYS("sink: full");
	server_stop(s);
}

TEST(a_redirect_is_an_answer_and_never_followed)
{
	static const char *const answers[] = {
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
		"/elsewhere\r\n\r\n"};
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e;

	ASSERT_OK(get(n, &r, url_of(s, "/x"), 5, &e));
	ck_assert_int_eq(r.status, 302);
	server_stop(s);
	ck_assert_uint_eq(s->n_asked, 1);
}

TEST(a_path_is_sent_as_it_is_written)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e;

	ASSERT_OK(get(n, &r, url_of(s, "/t/..%2Fa/../b"), 5, &e));
	server_stop(s);
	ck_assert(strncmp(s->asked[0], "GET /t/..%2Fa/../b HTTP/1.1\r\n", 29) ==
	          0);
}

TEST(a_request_may_bring_its_own_time)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "more"};
	struct server *s = server_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	struct net_request q = {.method = "GET",
	                        .url = url_of(s, "/x"),
	                        .max_bytes = 9,
	                        .total_ms = 300};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("timed out");
	server_stop(s);
}

TEST(no_answer_is_unreachable)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: "
		"close\r\n\r\nhello"};
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	const char *url = url_of(s, "/x");
	struct net_reply r;
	struct err e;

	ASSERT_ERR(get(n, &r, url, 500, &e), ERR_UNREACHABLE); /* cut */
	server_stop(s);
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
	struct server *s = server_start(answers, 2);
	SCOPED(net_free)
	struct net *n = new_net();
	SCOPED(net_reply_fini)
	struct net_reply r = {0}, again = {0};
	struct stream body = {.until = 1500}, none = {0};
	struct err e;

	ASSERT_OK(put(n, &r, url_of(s, "/b"), &body, 1500, &e));
	ck_assert_int_eq(r.status, 201);
	ck_assert_str_eq(buf_str(&r.body), "{}");
	ck_assert_int_eq(body.asked, 1500);
	ASSERT_OK(put(n, &again, url_of(s, "/b"), &none, 0, &e));
	server_stop(s);
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
	struct server *s = server_start(answers, 1);
	SCOPED(net_free)
	struct net *n = new_net();
	struct stream body = {.until = 100};
	struct net_reply r;
	struct err e;

	ASSERT_ERR(put(n, &r, url_of(s, "/b"), &body, 100000, &e), ERR_IO);
	ASSERT_SAYS("stream: dry");
	server_stop(s);
}
