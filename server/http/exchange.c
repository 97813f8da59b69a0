/*
 * One request and its reply, as the library calls us: once when the request
 * line is there, once for the whole head, for each piece of the body, once
 * at its end, once more if it was suspended, and once when all is over.
 */
#include "config.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "server/http/inside.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What a handler may allocate for one reply. */
#define ARENA_MAX ((size_t)1 << 20)
/* A refused request may still send this much, so that the connection can
 * stay and the client, busy sending, gets to read why. */
#define DRAIN_MAX (INT64_C(64) << 10)

void exchange_drop(struct exchange *x)
{
	if (atomic_fetch_sub(&x->count, 1) != 1)
		return;
	reply_fini(&x->reply);
	body_drop(x);
	arena_fini(&x->arena);
	free(x);
}

static void name_peer(struct exchange *x)
{
	const struct sockaddr *a =
		MHD_get_connection_info(x->connection,
	                                MHD_CONNECTION_INFO_CLIENT_ADDRESS)
			->client_addr;
	const void *ip =
		a->sa_family == AF_INET6
			? (const void *)&(
				  (const struct sockaddr_in6 *)(const void *)a)
				  ->sin6_addr
			: (const void *)&(
				  (const struct sockaddr_in *)(const void *)a)
				  ->sin_addr;

	if (inet_ntop(a->sa_family, ip, x->peer, sizeof(x->peer)) == NULL)
		x->peer[0] = '\0';
}

void *exchange_on_uri(void *cls, const char *uri,
                      struct MHD_Connection *connection)
{
	struct loop *l = cls;
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->count = 1;
	x->loop = l;
	x->connection = connection;
	x->wire = wire_of(connection);
	if (x->wire->exchange != NULL)
		exchange_end(x->wire->exchange);
	x->wire->exchange = x;
	x->declared = -1;
	(void)snprintf(x->id, sizeof(x->id), "%08x-%llx", (unsigned)l->id_start,
	               (unsigned long long)l->id_next++);
	arena_init(&x->arena, ARENA_MAX);
	/* The library decodes its copy in place; the guard wants it raw. */
	x->uri = arena_strdup(&x->arena, uri != NULL ? uri : "");
	name_peer(x);
	x->q = (struct request){
		.path = "",
		.query = "",
		.peer = x->peer,
		.id = x->id,
		.body = "",
		.body_fd = -1,
		.arena = &x->arena,
		.exchange = x,
	};
	l->in_flight++;
	wire_expect(l, x->wire, clock_mono_ms(&clock_system));
	return x;
}

void exchange_end(struct exchange *x)
{
	x->wire->exchange = NULL;
	wire_relax(x->loop, x->wire);
	x->loop->in_flight--;
	x->connection = NULL;
	x->wire = NULL;
	exchange_drop(x);
}

void exchange_on_completed(void *cls, struct MHD_Connection *connection,
                           void **exchange, enum MHD_RequestTerminationCode why)
{
	(void)cls;
	(void)connection;
	(void)why;
	if (*exchange != NULL)
		exchange_end(*exchange);
	*exchange = NULL;
}

void exchange_refuse(struct exchange *x, const struct err *e)
{
	static const struct err unsaid = {ERR_INTERNAL, "internal",
	                                  "refused without a reason"};

	if (e->kind == ERR_NONE)
		e = &unsaid;
	/* Back-pressure is no failure, and would fill the disk it spares. */
	if (reply_status_of(e) >= 500 && e->kind != ERR_BUSY)
		log_error("%s: %s %s: [%s] %s (request %s)",
		          x->loop->config->name, method_name(x->q.method),
		          x->q.path, e->code, e->msg, x->id);
	body_drop(x);
	reply_problem(&x->reply, x->id, e);
	x->is_ready = true;
}

/* Whether a refused request is answered before its body, which costs the
 * connection (0.9.75 closes when the first call answers). */
static bool is_answered_at_once(const struct exchange *x)
{
	if (x->reply.closes)
		return true;
	/* "Expect" waits for our word, so nothing is under way. */
	return x->declared > DRAIN_MAX ||
	       request_header(&x->q, "Expect") != NULL;
}

static enum MHD_Result on_head(struct exchange *x, const char *method,
                               const char *version)
{
	struct err e = {0};

	x->loop->tally.requests++;
	if (head_admit(x, method, version, &e) != 0 ||
	    (!x->is_ready && body_begin(x, &e) != 0))
		exchange_refuse(x, &e);
	if (x->is_ready && is_answered_at_once(x))
		return send_reply(x);
	x->is_upload = x->q.body_fd >= 0;
	x->wire->is_chunked =
		request_header(&x->q, "Transfer-Encoding") != NULL;
	x->phase = PHASE_BODY;
	return MHD_YES;
}

/* The library takes no answer in the middle of a body. Whoever was let in
 * for a large one is heard to the end, to learn that the disk is full. */
static uint64_t drain_max(const struct exchange *x)
{
	return x->is_upload ? x->body_limit : (uint64_t)DRAIN_MAX;
}

static enum MHD_Result on_body(struct exchange *x, const char *data, size_t n)
{
	struct err e = {0};

	x->wire->moved_ms = clock_mono_ms(&clock_system);
	/* Gigabytes take their time, as long as they move. */
	if (x->is_upload)
		wire_expect(x->loop, x->wire, x->wire->moved_ms);
	if (x->is_ready) {
		x->body_seen += n;
		return x->body_seen <= drain_max(x) ? MHD_YES : MHD_NO;
	}
	if (body_add(x, data, n, &e) != 0) {
		x->reply.closes = true;
		x->body_seen = 0;
		exchange_refuse(x, &e);
	}
	return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result on_end(struct exchange *x)
{
	const struct http_config *c = x->loop->config;
	struct err e = {0};
	int rc;

	wire_relax(x->loop, x->wire);
	if (x->is_ready)
		return send_reply(x);
	if (x->loop->is_closing)
		rc = err_set(&e, ERR_BUSY, "the server is stopping");
	else
		rc = body_end(x, &e);
	if (rc == 0)
		rc = x->q.route->handler(c->deps, &x->q, &x->reply, &e);
	assert((rc == REPLY_LATER) == x->is_parked);
	if (rc == REPLY_LATER) {
		x->phase = PHASE_PARKED;
		MHD_suspend_connection(x->connection);
		return MHD_YES;
	}
	assert(rc != 0 || x->reply.status != 0);
	if (rc != 0)
		exchange_refuse(x, &e);
	return send_reply(x);
}

enum MHD_Result exchange_on_call(void *cls, struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *data_len, void **exchange)
{
	struct exchange *x = *exchange;
	size_t n = *data_len;

	(void)cls;
	(void)connection;
	(void)url;
	if (x == NULL || x->uri == NULL)
		return MHD_NO;
	*data_len = 0;
	switch (x->phase) {
	case PHASE_HEAD: return on_head(x, method, version);
	case PHASE_BODY: return n > 0 ? on_body(x, data, n) : on_end(x);
	case PHASE_ANSWERED: return send_reply(x);
	case PHASE_PARKED:
	case PHASE_SENT: return MHD_YES;
	}
	return MHD_NO;
}
