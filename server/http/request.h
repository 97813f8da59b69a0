/*
 * What a handler sees of HTTP: a request that was checked, routed,
 * authenticated and fully received, and the means to answer it later. No
 * socket and no library shows through.
 *
 * A handler runs on the thread of the loop that owns the connection, so it
 * computes and looks things up in memory; what waits for a disk or a lock is
 * parked (below). It answers in one of three ways:
 *
 *	return 0;            *r holds the reply (server/http/reply.h)
 *	return -1;           *e says why not; sent as RFC 9457 problem+json
 *	return REPLY_LATER;  after request_park(); http_answer() will follow
 */
#ifndef SERVER_HTTP_REQUEST_H
#define SERVER_HTTP_REQUEST_H

#include "lib/base/arena.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deps; /* api/ defines it; http only passes it on */
struct exchange;
struct reply;
struct request;
struct route;

enum method { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, METHOD_COUNT };

/* -1 for a method that Pawl does not speak. Case matters (RFC 9110 9.1). */
int method_parse(const char *text);
const char *method_name(enum method m);

struct header {
	const char *name;
	const char *value;
};

/* A piece of the path that the route's pattern named, percent-decoded. */
struct param {
	const char *name; /* not NUL-terminated: points into the pattern */
	size_t name_len;
	const char *value;
};

#define REQUEST_PARAMS_MAX 4
#define REQUEST_ID_MAX 64

struct request {
	enum method method; /* HEAD comes to the handler of GET */
	const char *path;   /* as sent, before '?' */
	const char *query;  /* as sent, after '?'; "" when there is none */
	const struct route *route;
	struct param params[REQUEST_PARAMS_MAX];
	size_t n_params;
	const struct header *headers;
	size_t n_headers;
	const char *peer; /* the other end's address, without port */
	const char *id;   /* X-Request-Id: [A-Za-z0-9._-]{1,64} */
	/* The body: bytes followed by a NUL, or, when the route's body_max is
	 * BODY_SPOOLED, an open unnamed file at offset 0 (else -1), closed
	 * with the request. */
	const char *body;
	uint64_t body_len;
	int body_fd;
	struct arena *arena;       /* freed after the reply was sent */
	void *who;                 /* what the authentication callback left */
	struct exchange *exchange; /* http's own */
};

typedef int handler(struct deps *d, const struct request *q, struct reply *r,
                    struct err *e);

/* The path parameter {name}; asserts that the pattern has it. */
const char *request_param(const struct request *q, const char *name);
/* The header's value without surrounding blanks, the first when it came
 * twice; NULL when it is absent. Names compare without case. */
const char *request_header(const struct request *q, const char *name);
/* *out is the query parameter, decoded into the arena; NULL when absent,
 * ERR_INVALID when it stands there twice. */
MUST_USE int request_query(const char **out, const struct request *q,
                           const char *name, struct err *e);
/* The same as a number; `fallback` when it is absent. */
MUST_USE int request_query_int(int64_t *out, const struct request *q,
                               const char *name, int64_t fallback, int64_t min,
                               int64_t max, struct err *e);

/* [A-Za-z0-9._-]{1,64}: safe to echo, log and search for. */
bool request_id_is_valid(const char *id);

/*
 * Parking. The connection sleeps, the loop serves others, and the ticket may
 * go to another thread. From here until http_answer() the request, its body
 * and its arena belong to the holder of the ticket, and stay valid even if
 * the client leaves or the server stops.
 *
 *	t = request_park(q);
 *	if (queue_add(queue, job, t, e) != 0) {
 *		request_unpark(t);
 *		return -1;
 *	}
 *	return REPLY_LATER;
 */
#define REPLY_LATER 1

struct http_ticket;

/* In a handler, at most once. Never NULL. */
struct http_ticket *request_park(const struct request *q);
/* Takes it back, in the same handler, before anybody else got the ticket. */
void request_unpark(struct http_ticket *t);
/* Exactly once per ticket, from any thread: sends *r, whose body it takes
 * over, or, when r is NULL, the problem *e. Strings in *r live in the
 * request's arena or for ever. Nothing of the request may be touched
 * afterwards. Never blocks, never fails: an answer nobody waits for any more
 * is dropped. */
void http_answer(struct http_ticket *t, struct reply *r, const struct err *e);

#endif
