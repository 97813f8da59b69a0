/*
 * What handlers are given, and what nobody else is: the fleet, a reading
 * connection for look-ups that are not worth a job, and the configuration.
 */
#ifndef SERVER_API_DEPS_H
#define SERVER_API_DEPS_H

#include "lib/base/lock.h"
#include "server/api/limits.h"
#include "server/fleet/fleet.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/http/route.h"

struct http;

struct deps {
	struct fleet *fleet;
	/* Operators' tokens are looked up here; one at a time. */
	struct lock reader_lock;
	struct store *reader;
	struct limits limits;
	/* The public listener, for its counts: set before /metrics is served,
	 * which ends before it. */
	const struct http *http;
	const char *web_root; /* "" unless developing the dashboard */
};

/* An operator's scopes, as bits of a route's access. */
#define SCOPE_READ (ACCESS_SCOPE << 0)
#define SCOPE_PUBLISH (ACCESS_SCOPE << 1)
#define SCOPE_ROLLOUT (ACCESS_SCOPE << 2)
#define SCOPE_HALT (ACCESS_SCOPE << 3)
#define SCOPE_FLEET (ACCESS_SCOPE << 4)
#define SCOPE_ADMIN (ACCESS_SCOPE << 5)
#define SCOPES 6
extern const char *const scope_names[SCOPES + 1]; /* ends with NULL */

/* Who is asking; request->who of routes that are not ANYONE. */
struct who {
	size_t device;      /* DEVICE: in the index */
	char token_id[129]; /* OPERATOR */
	unsigned scopes;
};

/* The http_authenticate of both listeners. */
MUST_USE int auth_check(struct deps *d, const struct request *q, void **who,
                        int64_t *retry_after_s, struct err *e);
/* The http_admit of the public one. */
MUST_USE int auth_admit(struct deps *d, const struct request *q,
                        int64_t *retry_after_s, struct err *e);
/* ["read","halt"] to bits; ERR_INVALID for an unknown name. */
MUST_USE int auth_scopes(unsigned *out, const struct js_at *list,
                         struct err *e);

extern const struct route api_routes[];
extern const size_t api_n_routes;
extern const struct route ops_routes[];
extern const size_t ops_n_routes;

#endif
