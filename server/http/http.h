/*
 * An HTTP/1.1 listener: sockets, limits, routing and access, and the threads
 * that serve them. pawld has two, the public one and the one for operations.
 *
 * Each thread is a loop of its own with its own listening socket; the kernel
 * deals out connections (SO_REUSEPORT). A connection and every call into the
 * library below stay on one thread for life; other threads speak to a loop
 * through http_answer() only.
 */
#ifndef SERVER_HTTP_HTTP_H
#define SERVER_HTTP_HTTP_H

#include "lib/base/rng.h"
#include "server/http/request.h"
#include "server/http/route.h"

/* May this address ask at all just now? Called on a loop's thread for every
 * request that has a route, before anybody looks who it is. 0, or -1 with
 * ERR_BUSY, code "rate_limited", and the seconds to wait. */
typedef int http_admit(struct deps *d, const struct request *q,
                       int64_t *retry_after_s, struct err *e);

/* Who is it, and may they? Called on a loop's thread for rows that are not
 * ANYONE, before the body is read: q has its path, parameters, headers, peer
 * and route, but no body. 0 with *who set (allocate in q->arena), or -1 with
 * ERR_UNAUTHENTICATED, ERR_FORBIDDEN or ERR_BUSY (code "rate_limited", and
 * the seconds to wait). */
typedef int http_authenticate(struct deps *d, const struct request *q,
                              void **who, int64_t *retry_after_s,
                              struct err *e);

#define HTTP_THREADS_MAX 64

struct http_config {
	const char *name;         /* "public", "ops": for the log */
	const char *host;         /* numeric IPv4 or IPv6 */
	uint16_t port;            /* 0: a free one, see http_port() */
	unsigned threads;         /* 1 to HTTP_THREADS_MAX */
	unsigned max_connections; /* over all threads */
	/* From one address, per thread, as the library counts; 0: no limit.
	 * Behind a proxy all come from one. */
	unsigned max_per_address;
	unsigned idle_s;    /* a silent connection is closed; 0: 60 */
	unsigned receive_s; /* a request must be complete; 0: 30 */
	const struct route *routes;
	size_t n_routes;
	struct deps *deps;
	http_admit *admit; /* NULL: everybody may */
	/* May be NULL when all rows are ANYONE. */
	http_authenticate *authenticate;
	/* For BODY_SPOOLED rows: a folder on the disk that the bytes go to in
	 * the end, and the most bytes. NULL when there are no such rows. */
	const char *spool_dir;
	uint64_t spool_max;
	struct rng *rng; /* for request ids */
};

struct http;

/* Serves from here on; the strings and tables of *c must outlive it. Ignores
 * SIGPIPE for the whole process. */
MUST_USE int http_start(struct http **out, const struct http_config *c,
                        struct err *e);
/* The port that is bound. */
uint16_t http_port(const struct http *h);

/* No new connections; requests being served get up to drain_ms to finish,
 * parked ones that remain are answered 503. Then all connections are closed,
 * the threads ended and h freed. Tickets still out stay valid to answer. */
void http_stop(struct http *h, int64_t drain_ms);

/* Sums over all threads, each exact, not of one moment. */
struct http_counts {
	uint64_t requests; /* heads received */
	uint64_t guarded;  /* of these, refused by the guard */
	uint64_t replies;
	uint64_t refusals;    /* of these, 4xx */
	uint64_t failures;    /* of these, 5xx */
	uint64_t parked;      /* now */
	uint64_t connections; /* now */
};

void http_counts(struct http_counts *out, const struct http *h);

#endif
