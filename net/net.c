#include "config.h"

#include "net/net.h"

#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "net/internal.h"

#include <stdlib.h>
#include <string.h>

/* What net_options says when it says nothing. */
#define CONNECT_MS 10000L
#define TOTAL_MS 120000L
#define SLOW_BYTES_PER_S 100L
#define SLOW_S 30L
/* What is kept of an answer that is not what was asked for: a problem
 * document, or its head. */
#define PROBLEM_MAX ((size_t)16384)

struct net {
	struct net_options options; /* every field says something */
	struct net_plain *plain;    /* NULL: not needed yet, or no more */
	struct net_curl *curl;
};

static long or_default(long given, long otherwise)
{
	return given != 0 ? given : otherwise;
}

struct net *net_new(const struct net_options *options)
{
	struct net *n = xcalloc(1, sizeof(*n));
	struct net_options *o = &n->options;

	if (options != NULL)
		*o = *options;
	o->connect_ms = or_default(o->connect_ms, CONNECT_MS);
	o->total_ms = or_default(o->total_ms, TOTAL_MS);
	o->slow_bytes_per_s = or_default(o->slow_bytes_per_s, SLOW_BYTES_PER_S);
	o->slow_s = or_default(o->slow_s, SLOW_S);
	if (o->user_agent == NULL)
		o->user_agent = "pawl/" PACKAGE_VERSION;
	if (o->clock == NULL)
		o->clock = &clock_system;
	return n;
}

void net_free(struct net *n)
{
	if (n == NULL)
		return;
	net_plain_free(n->plain);
	net_curl_free(n->curl);
	free(n);
}

/* Digits up to `end`; moves *s past it. */
static int number_until(int64_t *out, const char **s, char end)
{
	char text[24];
	size_t n = strspn(*s, "0123456789");

	if (n >= sizeof(text) || (*s)[n] != end)
		return -1;
	memcpy(text, *s, n);
	text[n] = '\0';
	*s += n + (end != '\0');
	return num_i64(out, text, 0, NUM_JSON_MAX, "range", NULL);
}

int net_parse_content_range(int64_t *from, int64_t *total, const char *text)
{
	int64_t to;

	if (strncmp(text, "bytes ", 6) != 0)
		return -1;
	text += 6;
	if (number_until(from, &text, '-') != 0 ||
	    number_until(&to, &text, '/') != 0 || to < *from)
		return -1;
	*total = -1;
	if (strcmp(text, "*") == 0)
		return 0;
	return number_until(total, &text, '\0') == 0 && *total > to ? 0 : -1;
}

long net_total_ms(const struct net_transfer *t)
{
	long ms = or_default(t->q->total_ms, t->options->total_ms);

	return ms > 0 ? ms : 0;
}

void net_take_head(struct net_transfer *t, int status, const char *range,
                   const char *retry_after)
{
	struct net_reply *r = t->reply;

	if (t->has_head)
		return;
	t->has_head = true;
	r->status = status;
	if (range == NULL ||
	    net_parse_content_range(&r->range_from, &r->range_total, range) !=
	            0)
		r->range_from = r->range_total = -1;
	if (retry_after == NULL ||
	    num_i64(&r->retry_after_s, retry_after, 0, NUM_JSON_MAX,
	            "Retry-After", NULL) != 0)
		r->retry_after_s = -1;
}

/* A sink is for the bytes of a file; without one any 2xx is the answer. */
static bool is_asked_for(const struct net_transfer *t)
{
	int status = t->reply->status;

	return status == 200 || status == 206 ||
	       (t->q->sink == NULL && status / 100 == 2);
}

/* The status says what there is to know, however long the page behind it is:
 * what does not fit is not waited for. */
static void keep_problem(struct net_transfer *t, const void *bytes, size_t n)
{
	struct buf *body = &t->reply->body;
	size_t room = PROBLEM_MAX - body->len;

	body->max_bytes = PROBLEM_MAX;
	t->has_enough = n > room;
	buf_add(body, bytes, n < room ? n : room);
}

int net_take_body(struct net_transfer *t, const void *bytes, size_t n)
{
	const struct net_request *q = t->q;
	struct buf *body = &t->reply->body;

	if (!is_asked_for(t)) {
		keep_problem(t, bytes, n);
		return 0;
	}
	if (q->sink == NULL) {
		buf_add(body, bytes, n);
		if (!buf_failed(body))
			return 0;
	} else if (n <= q->max_bytes - t->sunk) {
		t->sunk += n;
		return q->sink(q->sink_ctx, t->reply, bytes, n, &t->err);
	}
	return err_set(&t->err, ERR_TOO_LARGE,
	               "%s: the answer has more than %zu bytes", q->url,
	               q->max_bytes);
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0';
}

/* The proxies that libcurl would look at; one is for the world, not for this
 * machine. */
static bool has_proxy(const struct net_place *place)
{
	return !place->is_loopback &&
	       (is_set("http_proxy") || is_set("all_proxy") ||
	        is_set("ALL_PROXY"));
}

/* Whether libcurl can be spared. Once it is there it has the connection, so
 * that no server ever sees two of one client. */
static bool is_plain(const struct net *n, struct net_place *place,
                     const struct net_request *q)
{
	return n->curl == NULL && strcmp(q->method, "GET") == 0 &&
	       q->body == NULL && q->source == NULL && q->bearer == NULL &&
	       net_place_parse(place, q->url) == 0 && !has_proxy(place);
}

static int ask(struct net *n, struct net_transfer *t, struct err *e)
{
	struct net_place place;

	if (is_plain(n, &place, t->q)) {
		if (n->plain == NULL)
			n->plain = net_plain_new();
		return net_plain_request(n->plain, &place, t, e);
	}
	net_plain_free(MOVE(n->plain));
	if (n->curl == NULL)
		n->curl = net_curl_new(e);
	return n->curl != NULL ? net_curl_request(n->curl, t, e) : -1;
}

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	struct net *n = ctx;
	struct net_transfer t = {.q = q, .options = &n->options, .reply = out};
	struct err why = {0};

	*out = (struct net_reply){.body = BUF_INIT(q->max_bytes)};
	if (ask(n, &t, &why) == 0)
		return 0;
	net_reply_fini(out);
	if (t.err.kind != ERR_NONE)
		why = t.err;
	else
		err_context(&why, "%s", q->url);
	if (e != NULL)
		*e = why;
	return -1;
}

struct net_door net_door(struct net *n)
{
	return (struct net_door){request, n};
}
