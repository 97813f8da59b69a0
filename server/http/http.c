#include "config.h"

#include "server/http/http.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/http/inside.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#define IDLE_S 60
#define RECEIVE_S 30

struct http {
	struct http_config config;
	uint16_t port;
	unsigned started; /* threads */
	pthread_t threads[HTTP_THREADS_MAX];
	struct loop loops[];
};

static void *serve(void *arg)
{
	loop_run(arg);
	return NULL;
}

/* Signals are the main thread's. */
static int start_threads(struct http *h, struct err *e)
{
	sigset_t all, before;
	int rc = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; rc == 0 && h->started < h->config.threads; h->started += rc == 0)
		rc = pthread_create(&h->threads[h->started], NULL, serve,
		                    &h->loops[h->started]);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_errno(e, rc, "%s: thread", h->config.name);
	return 0;
}

static int check_config(const struct http_config *c, struct err *e)
{
	if (c->threads < 1 || c->threads > HTTP_THREADS_MAX)
		return err_set(e, ERR_INVALID,
		               "%s: %u threads, 1 to %d are needed", c->name,
		               c->threads, HTTP_THREADS_MAX);
	if (c->max_connections < c->threads)
		return err_set(e, ERR_INVALID,
		               "%s: %u connections for %u threads", c->name,
		               c->max_connections, c->threads);
	for (size_t i = 0; i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];

		if (r->access != ANYONE && c->authenticate == NULL)
			return err_set(e, ERR_INTERNAL,
			               "route %s: nobody to ask who is calling",
			               r->pattern);
		if (r->body_max == BODY_SPOOLED && c->spool_dir == NULL)
			return err_set(e, ERR_INTERNAL,
			               "route %s: no folder for its bodies",
			               r->pattern);
	}
	return route_check(c->routes, c->n_routes, e);
}

static int start_loops(struct http *h, struct err *e)
{
	int fds[HTTP_THREADS_MAX];
	unsigned n = h->config.threads;
	int rc = 0;

	if (listen_open(fds, n, h->config.host, &h->port, e) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		if (rc == 0)
			rc = loop_start(&h->loops[i], &h->config, fds[i], e);
		/* A daemon closes its own socket. */
		if (h->loops[i].daemon == NULL)
			(void)close(fds[i]);
	}
	return rc;
}

int http_start(struct http **out, const struct http_config *c, struct err *e)
{
	struct http *h;

	if (check_config(c, e) != 0)
		return -1;
	(void)signal(SIGPIPE, SIG_IGN);
	h = xcalloc(1, sizeof(*h) + c->threads * sizeof(h->loops[0]));
	h->config = *c;
	h->port = c->port;
	if (h->config.idle_s == 0)
		h->config.idle_s = IDLE_S;
	if (h->config.receive_s == 0)
		h->config.receive_s = RECEIVE_S;
	if (start_loops(h, e) != 0 || start_threads(h, e) != 0) {
		http_stop(h, 0);
		return -1;
	}
	*out = h;
	return 0;
}

uint16_t http_port(const struct http *h)
{
	return h->port;
}

void http_stop(struct http *h, int64_t drain_ms)
{
	if (h == NULL)
		return;
	for (unsigned i = 0; i < h->started; i++) {
		h->loops[i].drain_ms = drain_ms;
		h->loops[i].stop = true;
		mailbox_wake(h->loops[i].mailbox);
	}
	for (unsigned i = 0; i < h->started; i++)
		(void)pthread_join(h->threads[i], NULL);
	for (unsigned i = 0; i < h->config.threads; i++)
		loop_fini(&h->loops[i]);
	free(h);
}

void http_counts(struct http_counts *out, const struct http *h)
{
	*out = (struct http_counts){0};
	for (unsigned i = 0; i < h->config.threads; i++) {
		const struct loop_tally *t = &h->loops[i].tally;

		out->requests += t->requests;
		out->guarded += t->guarded;
		out->replies += t->replies;
		out->refusals += t->refusals;
		out->failures += t->failures;
		out->parked += t->parked;
		out->connections += t->connections;
	}
}
