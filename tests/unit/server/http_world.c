#include "config.h"

#include "tests/unit/server/http_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define TAGGED_LEN 10000

static const char *tagged_bytes(void)
{
	static char bytes[TAGGED_LEN + 1];

	if (bytes[0] == '\0')
		for (size_t i = 0; i < TAGGED_LEN; i++)
			bytes[i] = (char)('a' + i % 26);
	return bytes;
}

static int hello(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	(void)q;
	(void)e;
	d->handled++;
	reply_bytes(r, 200, "text/plain", "hello\n", 6);
	return 0;
}

static int thing(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	const char *text =
		arena_printf(q->arena, "%s %s", method_name(q->method),
	                     request_param(q, "id"));

	(void)e;
	d->handled++;
	reply_bytes(r, 200, "text/plain", text, strlen(text));
	return 0;
}

static int target(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	const char *path = request_param(q, "path");

	(void)d;
	(void)e;
	reply_bytes(r, 200, "text/plain", path, strlen(path));
	return 0;
}

static int echo(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)e;
	d->handled++;
	reply_bytes(r, 200, "application/octet-stream", q->body,
	            (size_t)q->body_len);
	return 0;
}

/* "length sum" of what arrived in the file. */
static int upload(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	unsigned char piece[4096];
	uint64_t len = 0, sum = 0;
	ssize_t n;

	(void)d;
	(void)e;
	while ((n = read(q->body_fd, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum += piece[i];
		len += (uint64_t)n;
	}
	const char *text =
		arena_printf(q->arena, "%" PRIu64 " %" PRIu64 " %" PRIu64,
	                     q->body_len, len, sum);
	reply_bytes(r, 200, "text/plain", text, strlen(text));
	return 0;
}

static int tagged(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	(void)d;
	(void)q;
	(void)e;
	reply_bytes(r, 200, "text/plain", tagged_bytes(), TAGGED_LEN);
	reply_etag(r, "v1");
	reply_cache(r, CACHE_FOREVER);
	return 0;
}

static int file(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	(void)d;
	(void)q;
	if (fd < 0 || write(fd, tagged_bytes(), TAGGED_LEN) != TAGGED_LEN)
		return err_set(e, ERR_IO, "memfd");
	reply_file(r, 200, "application/octet-stream", fd, TAGGED_LEN);
	reply_etag(r, "v1");
	return 0;
}

static void release(void *owner)
{
	((struct deps *)owner)->released++;
}

static int shared(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	(void)q;
	(void)e;
	reply_shared(r, 200, "text/plain", "shared", 6, release, d);
	return 0;
}

static int refuse(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	/* A body that was begun and is given up. */
	reply_shared(r, 200, "text/plain", "shared", 6, release, d);
	if (strcmp(request_param(q, "kind"), "busy") == 0) {
		r->retry_after_s = 17;
		return err_set(e, ERR_BUSY, "the queue is full");
	}
	return err_code(e, ERR_CONFLICT, "already_there",
	                "release 7: exists with other bytes");
}

static int empty(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	(void)d;
	(void)q;
	(void)e;
	reply_empty(r, 204);
	return 0;
}

static int page(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)d;
	(void)q;
	(void)e;
	reply_bytes(r, 200, "text/html; charset=utf-8", "<p>", 3);
	reply_header_list(r, reply_html_headers);
	return 0;
}

static int secret(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	(void)e;
	d->handled++;
	reply_bytes(r, 200, "text/plain", q->who, strlen(q->who));
	return 0;
}

static int park(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct http_ticket *t = request_park(q);

	(void)r;
	if (d->is_full) {
		request_unpark(t);
		return err_set(e, ERR_BUSY, "the queue is full");
	}
	pthread_mutex_lock(&d->mutex);
	d->requests[d->tail % WORLD_TICKETS] = q;
	d->tickets[d->tail++ % WORLD_TICKETS] = t;
	pthread_cond_signal(&d->changed);
	pthread_mutex_unlock(&d->mutex);
	return REPLY_LATER;
}

/* Holds up its loop until the test lets it go. */
static int gate(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)q;
	(void)e;
	(void)sem_post(&d->at_gate);
	(void)sem_wait(&d->gate);
	reply_empty(r, 204);
	return 0;
}

static const struct route routes[] = {
	/* clang-format off */
	{ GET,    "/hello",          hello,  ANYONE, 0, "Says hello." },
	{ GET,    "/v1/things/{id}", thing,  ANYONE, 0, "Names it." },
	{ DELETE, "/v1/things/{id}", thing,  ANYONE, 0, "Names it." },
	{ GET,    "/targets/{path*}", target, ANYONE, 0, "Names it." },
	{ POST,   "/v1/echo",        echo,   ANYONE, WORLD_BODY_MAX, "Same." },
	{ PUT,    "/v1/upload",      upload, ANYONE, BODY_SPOOLED, "Adds." },
	{ GET,    "/tagged",         tagged, ANYONE, 0, "Bytes." },
	{ GET,    "/file",           file,   ANYONE, 0, "A file." },
	{ GET,    "/shared",         shared, ANYONE, 0, "Counted bytes." },
	{ GET,    "/refuse/{kind}",  refuse, ANYONE, 0, "Refuses." },
	{ GET,    "/empty",          empty,  ANYONE, 0, "Nothing." },
	{ GET,    "/page",           page,   ANYONE, 0, "HTML." },
	{ GET,    "/secret",         secret, DEVICE, 0, "For the few." },
	{ POST,   "/secret",         secret, DEVICE, WORLD_BODY_MAX, "Same." },
	{ POST,   "/v1/park",        park,   ANYONE, WORLD_BODY_MAX, "Waits." },
	{ GET,    "/gate",           gate,   ANYONE, 0, "Holds the loop." },
	/* clang-format on */
};

static int authenticate(struct deps *d, const struct request *q, void **who,
                        int64_t *retry_after_s, struct err *e)
{
	const char *token = request_header(q, "Authorization");

	(void)d;
	(void)retry_after_s;
	if (token == NULL)
		return err_set(e, ERR_UNAUTHENTICATED, "no token");
	if (strcmp(token, "Bearer good") != 0)
		return err_set(e, ERR_FORBIDDEN, "not this token");
	*who = arena_strdup(q->arena, "device-7");
	return 0;
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	(void)pthread_mutex_init(&w->deps.mutex, NULL);
	(void)pthread_cond_init(&w->deps.changed, NULL);
	(void)sem_init(&w->deps.gate, 0, 0);
	(void)sem_init(&w->deps.at_gate, 0, 0);
	w->config = (struct http_config){
		.name = "test",
		.host = "127.0.0.1",
		.threads = 1,
		.max_connections = 1000,
		.routes = routes,
		.n_routes = sizeof(routes) / sizeof(routes[0]),
		.deps = &w->deps,
		.authenticate = authenticate,
		.spool_dir = test_dir(),
		.spool_max = WORLD_SPOOL_MAX,
		.rng = &rng_system,
	};
}

void world_start(struct world *w)
{
	struct err e;

	ASSERT_OK(http_start(&w->http, &w->config, &e));
	w->port = http_port(w->http);
}

void world_open(struct world *w)
{
	world_init(w);
	world_start(w);
}

void world_stop(struct world *w, int64_t drain_ms)
{
	http_stop(w->http, drain_ms);
	w->http = NULL;
}

struct http_ticket *world_ticket(struct world *w, const struct request **q)
{
	struct deps *d = &w->deps;
	struct http_ticket *t = NULL;
	struct timespec until;
	int rc = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&d->mutex);
	while (d->head == d->tail && rc == 0)
		rc = pthread_cond_timedwait(&d->changed, &d->mutex, &until);
	if (d->head != d->tail) {
		if (q != NULL)
			*q = d->requests[d->head % WORLD_TICKETS];
		t = d->tickets[d->head++ % WORLD_TICKETS];
	}
	pthread_mutex_unlock(&d->mutex);
	ck_assert_ptr_nonnull(t);
	return t;
}

struct raw_http world_connect(struct world *w)
{
	struct raw_http r;

	ck_assert_int_eq(raw_open(&r, w->port), 0);
	return r;
}

int world_ask(struct raw_reply *out, struct world *w, const char *text)
{
	SCOPED(raw_close)
	struct raw_http r = world_connect(w);

	return raw_ask(out, &r, text);
}
