/*
 * The table of routes and who matches it. A pattern is literal segments,
 * {name} for one segment, and a last {name*} for one or more. The first row
 * that fits path and method wins; HEAD is answered by the row of GET, OPTIONS
 * by all of them.
 *
 *	{ GET, "/v1/admin/rollouts/{id}", rollout_get, OPERATOR, 0, "…" },
 *	{ GET, "/targets/{path*}",        target_get,  ANYONE,   0, "…" },
 *
 * Pure; any thread.
 */
#ifndef SERVER_HTTP_ROUTE_H
#define SERVER_HTTP_ROUTE_H

#include "server/http/request.h"

/* Who may call: enforced before a byte of the body is read. ANYONE is let
 * through; the rest is asked of the authentication callback, which may give
 * meaning to the bits from ACCESS_SCOPE up (a token's scopes). */
enum access { ANYONE, DEVICE, OPERATOR };
#define ACCESS_SCOPE 0x100u

/* The largest body_max that is held in memory. */
#define BODY_MEMORY_MAX (UINT64_C(16) << 20)
/* For body_max: as much as http_config.spool_max says, into a file. */
#define BODY_SPOOLED UINT64_MAX

struct route {
	enum method method;
	const char *pattern;
	handler *handler;
	unsigned access;   /* enum access, with scope bits */
	uint64_t body_max; /* bytes; more is 413 */
	const char *summary;
};

/* Refuses a table that is wrong: at start, so that no request meets it. */
MUST_USE int route_check(const struct route *routes, size_t n, struct err *e);

enum route_outcome {
	ROUTE_FOUND,
	ROUTE_UNKNOWN,     /* no row has this path */
	ROUTE_NOT_ALLOWED, /* rows have it, for other methods */
	ROUTE_OPTIONS      /* the question which methods there are */
};

struct route_found {
	const struct route *route;
	unsigned allow; /* bit per enum method, for the path */
	struct param params[REQUEST_PARAMS_MAX];
	size_t n_params;
};

/* `path` as sent. `space` holds strlen(path) + 1 bytes; the parameters are
 * decoded into it and live as long. */
enum route_outcome route_find(struct route_found *out,
                              const struct route *routes, size_t n,
                              enum method method, const char *path,
                              char *space);

#define ROUTE_ALLOW_SIZE 64
/* "GET, HEAD, OPTIONS": the Allow header. */
void route_allow(char out[ROUTE_ALLOW_SIZE], unsigned allow);

#endif
