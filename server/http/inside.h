/*
 * What the files of server/http share among themselves, and the only header
 * that shows the library. Everything here belongs to one loop's thread,
 * except where a line says otherwise.
 */
#ifndef SERVER_HTTP_INSIDE_H
#define SERVER_HTTP_INSIDE_H

#include "lib/base/buf.h"
#include "server/http/guard.h"
#include "server/http/http.h"
#include "server/http/mailbox.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>

/* A connection: what we need to end it when its request does not come. */
struct wire {
	struct wire *prev, *next;
	struct MHD_Connection *connection;
	struct exchange *exchange; /* begun and not completed */
	int64_t deadline_ms; /* for the whole request; 0: none is coming */
	int64_t moved_ms;    /* the last byte of a body */
	bool is_chunked;     /* and the body is still coming */
};

/* Written by the loop, read by http_counts() on any thread. */
struct loop_tally {
	_Atomic uint64_t requests, guarded, replies, refusals, failures;
	_Atomic uint64_t parked, connections;
};

struct loop {
	const struct http_config *config;
	struct MHD_Daemon *daemon;
	int epoll_fd; /* the library's */
	struct mailbox *mailbox;
	struct wire *wires;
	struct exchange *parked;
	size_t in_flight; /* requests begun and not completed */
	size_t awaited;   /* wires with a deadline */
	bool has_room;    /* a connection ended since the last turn */
	int64_t swept_ms;
	int64_t busy_since_ms; /* 0: it slept in its last turn */
	bool is_stopping;      /* connections end with their reply */
	bool is_closing;       /* nothing may park any more */
	uint32_t id_start;
	uint64_t id_next;
	struct loop_tally tally;
	/* Any thread. */
	_Atomic bool stop;
	int64_t drain_ms; /* set before stop */
};

enum phase {
	PHASE_HEAD,     /* the first call: only the head is there */
	PHASE_BODY,     /* until the call without data */
	PHASE_PARKED,   /* suspended */
	PHASE_ANSWERED, /* resumed, x->reply is the answer */
	PHASE_SENT
};

/* One request and its reply. The library holds a count while it serves it,
 * the ticket's holder another; whoever drops the last one frees it. */
struct exchange {
	atomic_uint count;
	struct request q;
	struct http_ticket ticket;
	struct loop *loop;
	struct MHD_Connection *connection;
	struct wire *wire;
	struct exchange *prev, *next; /* in loop->parked */
	enum phase phase;
	bool is_parked; /* request_park() was called */
	bool is_ready;  /* reply is filled; a body still coming is dropped */
	bool is_upload; /* admitted to send a body into a file */
	const char *uri;
	struct reply reply;
	struct buf body;
	int64_t declared; /* Content-Length, -1 when there is none */
	uint64_t body_limit;
	uint64_t body_seen;
	struct arena arena;
	char id[REQUEST_ID_MAX + 1];
	char peer[INET6_ADDRSTRLEN];
};

/* What one connection may use in the library, paid in full while it idles:
 * the head, RECORD_BYTES for each header, query parameter and cookie, and
 * the head of the reply. */
#define CONNECTION_BYTES ((size_t)8 << 10)
#define RECORD_BYTES ((size_t)64)
#define REPLY_HEAD_BYTES ((size_t)2 << 10)

/* exchange.c: the library's callbacks. */
void *exchange_on_uri(void *loop, const char *uri,
                      struct MHD_Connection *connection);
enum MHD_Result exchange_on_call(void *loop, struct MHD_Connection *connection,
                                 const char *url, const char *method,
                                 const char *version, const char *data,
                                 size_t *data_len, void **exchange);
void exchange_on_completed(void *loop, struct MHD_Connection *connection,
                           void **exchange,
                           enum MHD_RequestTerminationCode why);
/* The library has no more to do with it. */
void exchange_end(struct exchange *x);
/* Any thread. */
void exchange_drop(struct exchange *x);
/* The reply becomes the problem. */
void exchange_refuse(struct exchange *x, const struct err *e);

/* head.c: what the head alone decides. 0, with is_ready when the question is
 * answered already, or -1: refused, with reply.closes when nothing that
 * follows on the connection can be trusted. */
MUST_USE int head_admit(struct exchange *x, const char *method,
                        const char *version, struct err *e);

/* body.c */
MUST_USE int body_begin(struct exchange *x, struct err *e);
MUST_USE int body_add(struct exchange *x, const char *bytes, size_t n,
                      struct err *e);
MUST_USE int body_end(struct exchange *x, struct err *e);
void body_drop(struct exchange *x);

/* send.c: hands x->reply to the library. */
enum MHD_Result send_reply(struct exchange *x);

/* wire.c */
void wire_on_connection(void *loop, struct MHD_Connection *connection,
                        void **wire, enum MHD_ConnectionNotificationCode what);
struct wire *wire_of(struct MHD_Connection *connection);
/* The request must be complete receive_s from now on. */
void wire_expect(struct loop *l, struct wire *w, int64_t now_ms);
void wire_relax(struct loop *l, struct wire *w);
/* Cuts those that are late. */
void wire_sweep(struct loop *l, int64_t now_ms);

/* park.c: takes the mail out and wakes the connections it is for. */
void park_deliver(struct loop *l);
/* Answers 503 to all that are parked. */
void park_abandon(struct loop *l);

/* loop.c */
MUST_USE int loop_start(struct loop *l, const struct http_config *c,
                        int listen_fd, struct err *e);
void loop_run(struct loop *l);
void loop_fini(struct loop *l);

/* listen.c: n sockets on one port, which is *port when that is not 0. */
MUST_USE int listen_open(int *fds, unsigned n, const char *host, uint16_t *port,
                         struct err *e);

#endif
