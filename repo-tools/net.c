#include "config.h"

#include "repo-tools/net.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 10000L
#define TOTAL_MS 120000L
/* What net_options says when it says nothing. */
#define SLOW_BYTES_PER_S 100L
#define SLOW_S 30L
/* What is kept of an answer that is not a success: a problem document. */
#define PROBLEM_MAX ((size_t)16384)

struct net {
	CURL *easy;
	struct net_options options;
	char error[CURL_ERROR_SIZE];
};

/* One request under way. */
struct transfer {
	CURL *easy;
	const struct net_request *q;
	struct net_reply *reply;
	bool has_head;
	size_t sunk; /* bytes given to the sink */
	size_t sent; /* bytes taken from the source */
	struct err err;
};

void net_library_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_error("libcurl does not start");
		abort();
	}
}

struct net *net_new(const struct net_options *options)
{
	struct net *n = xcalloc(1, sizeof(*n));

	if (options != NULL)
		n->options = *options;
	n->easy = curl_easy_init();
	if (n->easy == NULL) {
		log_error("libcurl gives no handle");
		abort();
	}
	return n;
}

void net_free(struct net *n)
{
	if (n == NULL)
		return;
	curl_easy_cleanup(n->easy);
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

static const char *header(struct transfer *t, const char *name)
{
	struct curl_header *h = NULL;

	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return NULL;
	return h->value;
}

/* Everything before the body. */
static void read_head(struct transfer *t)
{
	struct net_reply *r = t->reply;
	const char *range, *retry;
	long status = 0;

	if (t->has_head)
		return;
	t->has_head = true;
	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (int)status;
	range = header(t, "Content-Range");
	if (range == NULL ||
	    net_parse_content_range(&r->range_from, &r->range_total, range) !=
	            0)
		r->range_from = r->range_total = -1;
	retry = header(t, "Retry-After");
	if (retry == NULL || num_i64(&r->retry_after_s, retry, 0, NUM_JSON_MAX,
	                             "Retry-After", NULL) != 0)
		r->retry_after_s = -1;
}

static bool is_success(const struct net_reply *r)
{
	return r->status == 200 || r->status == 206;
}

static int take(struct transfer *t, const void *bytes, size_t n)
{
	const struct net_request *q = t->q;

	if (q->sink == NULL || !is_success(t->reply)) {
		buf_add(&t->reply->body, bytes, n);
		if (!buf_failed(&t->reply->body))
			return 0;
	} else if (n <= q->max_bytes - t->sunk) {
		t->sunk += n;
		return q->sink(q->sink_ctx, t->reply, bytes, n, &t->err);
	}
	return err_set(&t->err, ERR_TOO_LARGE,
	               "%s: the answer has more than %zu bytes", q->url,
	               is_success(t->reply) ? q->max_bytes
	                                    : t->reply->body.max_bytes);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	read_head(t);
	if (!is_success(t->reply) && t->reply->body.max_bytes < PROBLEM_MAX)
		t->reply->body.max_bytes = PROBLEM_MAX;
	return take(t, bytes, size * n) == 0 ? size * n : CURL_WRITEFUNC_ERROR;
}

/* The next bytes of a body that a source gives. */
static size_t on_send(char *out, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	const struct net_request *q = t->q;
	size_t left = q->body_len - t->sent, room = size * n;
	size_t part = room < left ? room : left;

	if (part == 0)
		return 0;
	if (q->source(q->source_ctx, out, part, (int64_t)t->sent, &t->err) != 0)
		return CURL_READFUNC_ABORT;
	t->sent += part;
	return part;
}

/* A connection that was kept may turn out dead with half a body in it. */
static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct transfer *t = ctx;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > t->q->body_len)
		return CURL_SEEKFUNC_FAIL;
	t->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static enum err_kind kind_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT: return ERR_INVALID;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR: return ERR_UNTRUSTED;
	case CURLE_OUT_OF_MEMORY: return ERR_MEMORY;
	default: return ERR_UNREACHABLE;
	}
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
	struct curl_slist *more = curl_slist_append(list, line);

	if (more == NULL)
		abort();
	return more;
}

static struct curl_slist *headers_of(const struct net_request *q)
{
	struct curl_slist *list = append(NULL, "Expect:");

	if (q->body != NULL || q->source != NULL) {
		SCOPED(free)
		char *type =
			xasprintf("Content-Type: %s",
		                  q->content_type != NULL ? q->content_type
		                                          : "application/json");
		list = append(list, type);
	}
	if (q->bearer != NULL) {
		SCOPED(free)
		char *auth = xasprintf("Authorization: Bearer %s", q->bearer);
		list = append(list, auth);
	}
	return list;
}

/* A proxy of the environment is for the world, not for this machine. */
static bool is_loopback(const char *url)
{
	return strncmp(url, "http://127.", 11) == 0 ||
	       strncmp(url, "http://[::1]", 12) == 0 ||
	       strncmp(url, "http://localhost", 16) == 0;
}

static long or_default(long given, long otherwise)
{
	return given != 0 ? given : otherwise;
}

static void set_limits(struct net *n, const struct net_request *q)
{
	const struct net_options *o = &n->options;
	CURL *c = n->easy;
	long total_ms =
		or_default(q->total_ms, or_default(o->total_ms, TOTAL_MS));

	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
	                       (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(c, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
	                       or_default(o->connect_ms, CONNECT_MS));
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS,
	                       total_ms > 0 ? total_ms : 0L);
	(void)curl_easy_setopt(
		c, CURLOPT_LOW_SPEED_LIMIT,
		or_default(o->slow_bytes_per_s, SLOW_BYTES_PER_S));
	(void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME,
	                       or_default(o->slow_s, SLOW_S));
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT,
	                       o->user_agent ? o->user_agent
	                                     : "pawl/" PACKAGE_VERSION);
	if (o->ca_file != NULL)
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, n->error);
}

static void set_source(CURL *c, const struct net_request *q, struct transfer *t)
{
	(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE,
	                       (curl_off_t)q->body_len);
	(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
	(void)curl_easy_setopt(c, CURLOPT_READDATA, t);
	(void)curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
	(void)curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
}

static void set_request(CURL *c, const struct net_request *q,
                        struct curl_slist *headers, struct transfer *t)
{
	char range[64];

	(void)curl_easy_setopt(c, CURLOPT_URL, q->url);
	/* Paths are what signed names make of them, "/../" and all. */
	(void)curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (q->body != NULL) {
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		                       (curl_off_t)q->body_len);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
	}
	if (q->source != NULL)
		set_source(c, q, t);
	if (strcmp(q->method, "HEAD") == 0)
		(void)curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else
		(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	if (q->to_byte > 0) {
		(void)snprintf(range, sizeof(range), "%" PRId64 "-%" PRId64,
		               q->from_byte, q->to_byte);
		(void)curl_easy_setopt(c, CURLOPT_RANGE, range);
	}
	if (is_loopback(q->url))
		(void)curl_easy_setopt(c, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
}

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	struct net *n = ctx;
	struct transfer t = {.easy = n->easy, .q = q, .reply = out};
	struct curl_slist *headers = headers_of(q);
	CURLcode code;

	*out = (struct net_reply){.body = BUF_INIT(q->max_bytes)};
	n->error[0] = '\0';
	curl_easy_reset(n->easy); /* keeps its connections */
	set_limits(n, q);
	set_request(n->easy, q, headers, &t);
	code = curl_easy_perform(n->easy);
	curl_slist_free_all(headers);
	if (code == CURLE_OK) {
		read_head(&t);
		return 0;
	}
	net_reply_fini(out);
	if (t.err.kind != ERR_NONE) {
		if (e != NULL)
			*e = t.err;
		return -1;
	}
	return err_set(e, kind_of(code), "%s: %s", q->url,
	               n->error[0] != '\0' ? n->error
	                                   : curl_easy_strerror(code));
}

struct net_door net_door(struct net *n)
{
	return (struct net_door){request, n};
}
