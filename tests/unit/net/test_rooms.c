/*
 * The two ways a request can go: our own, and libcurl's. A token makes it
 * libcurl's.
 */
#include "config.h"

#include "lib/base/mem.h"
#include "net/internal.h"
#include "tests/support/canned.h"
#include "tests/support/runner.h"
#include "tests/unit/net/verbatim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define MAX 32

static const struct net_options quick = {.connect_ms = 2000, .total_ms = 5000};

/* What came of a request, in words. */
static char *ask(struct net *n, const char *url, const char *bearer)
{
	struct net_request q = {.method = "GET",
	                        .url = url,
	                        .bearer = bearer,
	                        .max_bytes = MAX};
	struct net_door d = net_door(n);
	SCOPED(net_reply_fini)
	struct net_reply r = {0};
	struct err e = {0};

	if (net_ask(&d, &r, &q, &e) != 0)
		return test_keep(xasprintf("%s", err_kind_name(e.kind)));
	return test_keep(xasprintf(
		"%d '%s' of %zu, from %lld of %lld, after "
		"%lld s",
		r.status, buf_str(&r.body), r.body.len, (long long)r.range_from,
		(long long)r.range_total, (long long)r.retry_after_s));
}

static char *ask_once(const char *answer, const char *bearer)
{
	struct verbatim *s = verbatim_start(&answer, 1);
	SCOPED(net_free)
	struct net *n = net_new(&quick);
	char *said = ask(n, verbatim_url(s, "/x"), bearer);

	verbatim_stop(s);
	return said;
}

/* What a server may well say. */
TEST(both_ways_understand_an_answer_alike)
{
	static const char *const answers[] = {
		OK "Content-Length: 5\r\n\r\nhello",
		OK "content-length:5\r\n\r\nhello",
		OK "Content-Length:  \t5 \t\r\n\r\nhello",
		OK "Content-Length: 0\r\n\r\n",
		OK "\r\nto the end",
		"HTTP/1.0 200 OK\r\n\r\nold",
		"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		OK "Transfer-Encoding: Chunked\r\n\r\n"
		   "1\r\nh\r\n4;a=b\r\nello\r\n000\r\nTrailer: x\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\nA \r\n0123456789\r\n0\r\n"
		   "\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n" OK
		"Content-Length: 2\r\n\r\nok",
		"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK
		"Content-Length: 2\r\n\r\nok",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
		"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: "
		"0\r\n\r\n",
		"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: "
		"0\r\n\r\n",
		"HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 "
		"GMT\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 206 Part\r\nContent-Range: bytes 2-4/9\r\n"
		"Content-Length: 3\r\n\r\nabc",
		"HTTP/1.1 206 Part\r\nContent-Range: bytes 2-4/*\r\n"
		"Content-Length: 3\r\n\r\nabc",
		"HTTP/1.1 206 Part\r\nContent-Range: lines 2-4\r\n"
		"Content-Length: 3\r\n\r\nabc",
		OK "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw",
		OK "Connection: keep-alive, close\r\nContent-Length: "
		   "2\r\n\r\nok",
		OK "Content-Length: 32\r\n\r\n01234567890123456789012345678901",
		/* … and what neither takes. */
		OK "Content-Length: 33\r\n\r\n"
		   "012345678901234567890123456789012",
		OK "\r\n012345678901234567890123456789012",
		OK "Transfer-Encoding: chunked\r\n\r\n21\r\n"
		   "012345678901234567890123456789012\r\n0\r\n\r\n",
		OK "Content-Length: 99\r\n\r\ncut",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n",
		OK "Content-Length: none\r\n\r\nhello",
		VERBATIM_HANGS_UP,
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const char *ours = ask_once(answers[i], NULL);
		const char *theirs = ask_once(answers[i], "token");

		ck_assert_msg(strcmp(ours, theirs) == 0,
		              "'%s': %s, by libcurl %s", answers[i], ours,
		              theirs);
	}
}

/* Here we are stricter. */
TEST(what_could_be_read_in_two_ways_is_refused)
{
	static const char *const answers[] = {
		OK "Content-Le", /* cut */
		"SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/1.1 20\r\n\r\n",
		OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		OK "Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello",
		OK "Content-Length: +5\r\n\r\nhello",
		OK "Content-Length: 5, 5\r\n\r\nhello",
		OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "5\r\nhello\r\n0\r\n\r\n",
		OK "Transfer-Encoding: gzip, chunked\r\n\r\n"
		   "5\r\nhello\r\n0\r\n\r\n",
		OK "Transfer-Encoding: identity\r\n\r\nhello",
		OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
		   "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 200 OK\n\r\nhello",
		OK "X-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
		OK "Content-Length : 5\r\n\r\nhello",
		OK "no colon\r\nContent-Length: 5\r\n\r\nhello",
		OK ": no name\r\nContent-Length: 5\r\n\r\nhello",
		OK "X: a\rb\r\nContent-Length: 5\r\n\r\nhello",
		OK "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
		OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n"
		   "0\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n"
		   "0\r\n\r\n",
		OK "Transfer-Encoding: chunked\r\n\r\n"
		   "00000000000005\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 101 Switching\r\n\r\n" OK "\r\nhello",
		"HTTP/2 200\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 099 Odd\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
		" HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		ck_assert_msg(strcmp(ask_once(answers[i], NULL),
		                     err_kind_name(ERR_UNREACHABLE)) == 0,
		              "'%s' is taken", answers[i]);
}

/* All but the token, which is libcurl's sign here. */
static void cut_line(char *text, const char *begin)
{
	char *from = strstr(text, begin), *to = strstr(from, "\r\n") + 2;

	memmove(from, to, strlen(to) + 1);
}

TEST(both_ways_ask_in_the_same_bytes)
{
	static const char *const answers[] = {
		OK "Content-Length: 0\r\n\r\n",
		"HTTP/1.1 206 Part\r\nContent-Length: 0\r\n\r\n"};
	struct verbatim *plain = verbatim_start(answers, 2);
	struct verbatim *curl = verbatim_start(answers, 2);
	struct verbatim *servers[] = {plain, curl};
	char *port;

	for (size_t i = 0; i < 2; i++) {
		SCOPED(net_free)
		struct net *n = net_new(&quick);
		struct net_door d = net_door(n);
		struct net_request q = {
			.method = "GET",
			.url = verbatim_url(servers[i], "/a%20b/../c?d=e"),
			.bearer = i == 1 ? "token" : NULL,
			.max_bytes = 9};
		struct net_reply r;
		struct err e;

		ASSERT_OK(net_ask(&d, &r, &q, &e));
		q.from_byte = 7;
		q.to_byte = 9;
		ASSERT_OK(net_ask(&d, &r, &q, &e));
		verbatim_stop(servers[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		/* Two servers have two ports. */
		port = strstr(plain->asked[i], "Host: 127.0.0.1:");
		ck_assert_ptr_nonnull(port);
		cut_line(plain->asked[i], "Host: ");
		ck_assert_ptr_nonnull(
			strstr(curl->asked[i], "Host: 127.0.0.1:"));
		cut_line(curl->asked[i], "Host: ");
		cut_line(curl->asked[i], "Authorization: ");
		ck_assert_str_eq(plain->asked[i], curl->asked[i]);
	}
}

TEST(a_connection_is_kept_while_it_can_be)
{
	static const char *const answers[] = {
		OK "Content-Length: 1\r\n\r\na",
		OK "Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n",
		OK "Content-Length: 1\r\nConnection: close\r\n\r\nc",
		"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nd",
		OK "Content-Length: 1\r\n\r\ne" OK,
		OK "Content-Length: 1\r\n\r\nf"};
	static const int connections[] = {1, 1, 1, 2, 3, 4};
	struct verbatim *s = verbatim_start(answers, ARRAY_LEN(answers));
	SCOPED(net_free)
	struct net *n = net_new(&quick);

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const char body[] = {(char)('a' + i), '\0'};

		ck_assert_str_eq(ask(n, verbatim_url(s, "/x"), NULL),
		                 test_keep(xasprintf(
					 "200 '%s' of 1, from -1 of -1, after "
					 "-1 s",
					 body)));
		ck_assert_int_eq(s->connections, connections[i]);
	}
	verbatim_stop(s);
}

TEST(a_get_is_asked_again_when_a_kept_connection_has_ended)
{
	static const char *const answers[] = {
		OK "Content-Length: 1\r\n\r\na" VERBATIM_HANGS_UP,
		OK "Content-Length: 1\r\n\r\nb",
		VERBATIM_HANGS_UP, /* asked, and gone without a word */
		OK "Content-Length: 1\r\n\r\nc",
		OK "Content-Len" VERBATIM_HANGS_UP, /* a word is an answer */
		OK "Content-Length: 1\r\n\r\nd"};
	struct verbatim *s = verbatim_start(answers, ARRAY_LEN(answers));
	SCOPED(net_free)
	struct net *n = net_new(&quick);
	const char *url = verbatim_url(s, "/x");

	ck_assert_str_eq(ask(n, url, NULL),
	                 "200 'a' of 1, from -1 of -1, after -1 s");
	ck_assert_str_eq(ask(n, url, NULL),
	                 "200 'b' of 1, from -1 of -1, after -1 s");
	ck_assert_int_eq(s->connections, 2);
	ck_assert_str_eq(ask(n, url, NULL),
	                 "200 'c' of 1, from -1 of -1, after -1 s");
	ck_assert_int_eq(s->connections, 3);
	ck_assert_str_eq(ask(n, url, NULL), "unreachable");
	ck_assert_str_eq(ask(n, url, NULL),
	                 "200 'd' of 1, from -1 of -1, after -1 s");
	verbatim_stop(s);
}

/* Whose answer would that be? */
TEST(what_a_server_says_without_being_asked_is_no_answer)
{
	static const char *const answers[] = {
		OK "Content-Length: 1\r\n\r\na" VERBATIM_WAITS OK
		   "Content-Length: 1\r\n\r\nX",
		OK "Content-Length: 1\r\n\r\nb"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = net_new(&quick);
	const char *url = verbatim_url(s, "/x");

	ck_assert(strncmp(ask(n, url, NULL), "200 'a'", 7) == 0);
	verbatim_more(s);
	ck_assert(strncmp(ask(n, url, NULL), "200 'b'", 7) == 0);
	verbatim_stop(s);
	ck_assert_int_eq(s->connections, 2);
}

TEST(a_connection_is_kept_for_its_own_server)
{
	static const char *const one[] = {OK "Content-Length: 1\r\n\r\na",
	                                  OK "Content-Length: 1\r\n\r\nX"};
	static const char *const two[] = {OK "Content-Length: 1\r\n\r\nb"};
	struct verbatim *s = verbatim_start(one, 2),
			*t = verbatim_start(two, 1);
	SCOPED(net_free)
	struct net *n = net_new(&quick);

	ck_assert(strncmp(ask(n, verbatim_url(s, "/"), NULL), "200 'a'", 7) ==
	          0);
	ck_assert(strncmp(ask(n, verbatim_url(t, "/"), NULL), "200 'b'", 7) ==
	          0);
	verbatim_stop(s);
	verbatim_stop(t);
}

TEST(a_new_connection_that_ends_at_once_is_not_tried_again)
{
	static const char *const answers[] = {VERBATIM_HANGS_UP,
	                                      OK "Content-Length: 0\r\n\r\n"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = net_new(&quick);

	ck_assert_str_eq(ask(n, verbatim_url(s, "/x"), NULL), "unreachable");
	ck_assert_uint_eq(s->n_asked, 1);
	ck_assert(strncmp(ask(n, verbatim_url(s, "/x"), NULL), "200", 3) == 0);
	verbatim_stop(s);
}

TEST(a_server_of_the_other_family_is_reached_too)
{
	static const char *const answers[] = {OK "Content-Length: 1\r\n\r\na",
	                                      OK "Content-Length: 1\r\n\r\nb"};
	struct verbatim *s = verbatim_start_v6(answers, 2);
	SCOPED(net_free)
	struct net *n = net_new(&quick);
	SCOPED(free)
	char *address = xasprintf("http://[::1]:%u/x", s->port);
	SCOPED(free)
	char *name = xasprintf("http://localhost:%u/x", s->port);
	SCOPED(free)
	char *host = xasprintf("Host: [::1]:%u\r\n", s->port);

	ck_assert(strncmp(ask(n, address, NULL), "200 'a'", 7) == 0);
	ck_assert_ptr_nonnull(strstr(s->asked[0], host));
	/* Nobody is at 127.0.0.1. */
	ck_assert(strncmp(ask(n, name, NULL), "200 'b'", 7) == 0);
	ck_assert_ptr_nonnull(strstr(s->asked[1], "Host: localhost:"));
	verbatim_stop(s);
}

/* A server that sends a byte now and then and never ends. */
TEST(who_is_slower_than_allowed_is_given_up)
{
	static const char *const answers[] = {
		OK "Content-Length: 9\r\n\r\nhello", ""};
	static const struct net_options impatient = {
		.total_ms = -1, .slow_bytes_per_s = 1000, .slow_s = 1};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = net_new(&impatient);
	struct net_request q = {
		.method = "GET", .url = verbatim_url(s, "/x"), .max_bytes = 9};
	struct net_door d = net_door(n);
	struct net_reply r;
	struct err e;

	ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_UNREACHABLE);
	ASSERT_SAYS("slower than 1000 bytes/s for 1 s");
	verbatim_stop(s);
}

/* Time passes while a first byte is looked at, and the rest is there. */
struct passing {
	struct verbatim *s;
	struct clock_manual clock;
	int64_t ms;
	size_t got;
};

static int pass(void *ctx, const struct net_reply *head, const void *bytes,
                size_t n, struct err *e)
{
	struct passing *p = ctx;

	(void)head;
	(void)bytes;
	(void)e;
	if (p->got == 0)
		verbatim_more(p->s);
	clock_manual_advance(&p->clock, p->ms);
	p->got += n;
	return 0;
}

TEST(bytes_that_never_stop_end_with_the_time_of_the_request)
{
	static const char *const answers[] = {
		OK "Content-Length: 5\r\n\r\na" VERBATIM_WAITS "bcde"};

	for (int64_t ms = 299; ms <= 300; ms++) {
		struct passing p = {.ms = ms};
		struct net_options o = {.clock = &p.clock.clock};
		SCOPED(net_free)
		struct net *n = net_new(&o);
		struct net_door d = net_door(n);
		SCOPED(net_reply_fini)
		struct net_reply r = {0};
		struct err e;

		clock_manual_init(&p.clock, 0);
		p.s = verbatim_start(answers, 1);
		struct net_request q = {.method = "GET",
		                        .url = verbatim_url(p.s, "/x"),
		                        .max_bytes = 5,
		                        .total_ms = 300,
		                        .sink = pass,
		                        .sink_ctx = &p};
		if (ms < 300) {
			ASSERT_OK(net_ask(&d, &r, &q, &e));
			ck_assert_uint_eq(p.got, 5);
		} else {
			ASSERT_ERR(net_ask(&d, &r, &q, &e), ERR_UNREACHABLE);
			ASSERT_SAYS("timed out after 300 ms");
			ck_assert_uint_eq(p.got, 1);
		}
		verbatim_stop(p.s);
	}
}

/* Ten bytes in a second, for longer than patience is. */
TEST(who_is_slow_and_fast_enough_is_waited_for)
{
	static const struct canned_answer script[] = {CANNED(
		"GET", "/x", 200, "fifteen bytes.", .fault = CANNED_SLOW)};
	static const struct net_options patient = {
		.total_ms = -1, .slow_bytes_per_s = 1, .slow_s = 1};
	struct canned *s = canned_start(script, 1);
	SCOPED(net_free)
	struct net *n = net_new(&patient);
	SCOPED(free)
	char *url = xasprintf("%s/x", canned_url(s));

	ck_assert(strncmp(ask(n, url, NULL), "200 'fifteen bytes.'", 20) == 0);
	canned_free(s);
}

static bool has_curl(void)
{
	void *h = dlopen(PAWL_CURL_SONAME, RTLD_LAZY | RTLD_NOLOAD);

	if (h != NULL)
		(void)dlclose(h);
	return h != NULL;
}

TEST(libcurl_is_loaded_by_the_first_request_that_needs_it)
{
	static const char *const answers[] = {OK "Content-Length: 1\r\n\r\na",
	                                      OK "Content-Length: 1\r\n\r\nb",
	                                      OK "Content-Length: 1\r\n\r\nc"};
	struct verbatim *s = verbatim_start(answers, 3);
	SCOPED(net_free)
	struct net *n = net_new(&quick);
	const char *url = verbatim_url(s, "/x");

	ck_assert(strncmp(ask(n, url, NULL), "200 'a'", 7) == 0);
	ck_assert(!has_curl());
	ck_assert(strncmp(ask(n, url, "token"), "200 'b'", 7) == 0);
	ck_assert(has_curl());
	/* It goes on alone: no server sees two connections of one client. */
	ck_assert(strncmp(ask(n, url, NULL), "200 'c'", 7) == 0);
	verbatim_stop(s);
	ck_assert_int_eq(s->connections, 2);
}

/* The proxy is the same server: only its request line tells. */
TEST(a_proxy_is_for_the_world_and_libcurls)
{
	static const char *const answers[] = {
		OK "Content-Length: 1\r\nConnection: close\r\n\r\na",
		OK "Content-Length: 1\r\nConnection: close\r\n\r\nb"};
	struct verbatim *s = verbatim_start(answers, 2);
	SCOPED(net_free)
	struct net *n = net_new(&quick);

	ck_assert_int_eq(setenv("http_proxy", verbatim_url(s, ""), 1), 0);
	ck_assert(strncmp(ask(n, verbatim_url(s, "/x"), NULL), "200 'a'", 7) ==
	          0);
	ck_assert(!has_curl());
	ck_assert(strncmp(ask(n, "http://192.0.2.7/y", NULL), "200 'b'", 7) ==
	          0);
	ck_assert_int_eq(unsetenv("http_proxy"), 0);
	verbatim_stop(s);
	ck_assert(strncmp(s->asked[0], "GET /x ", 7) == 0);
	ck_assert(strncmp(s->asked[1], "GET http://192.0.2.7/y ", 23) == 0);
}

TEST(without_libcurl_it_is_said_what_is_missing)
{
	struct err e;

	ASSERT_ERR(net_curl_load("libcurl-nowhere.so.0", &e), ERR_IO);
	ck_assert_str_eq(e.code, "no_libcurl");
	ASSERT_SAYS("libcurl-nowhere.so.0");
	/* A library that is another one. */
	ASSERT_ERR(net_curl_load("libc.so.6", &e), ERR_IO);
	ck_assert_str_eq(e.code, "no_libcurl");
	ASSERT_SAYS("curl_global_init");
}
