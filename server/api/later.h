/*
 * A handler whose work belongs to the scribe's thread: parse here, park, and
 * the function given runs there, alone with the fleet, and writes the JSON of
 * the reply.
 */
#ifndef SERVER_API_LATER_H
#define SERVER_API_LATER_H

#include "server/api/deps.h"
#include "server/fleet/sign.h"

/* params is whatever the handler put into the request's arena. The request
 * stays valid until the reply is on its way. */
typedef int later_fn(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e);

/* What a handler returns: `return later(…)`. status is for success. */
MUST_USE int later(struct deps *d, const struct request *q, unsigned status,
                   later_fn *fn, void *params, struct err *e);

/* The same on the porter's thread, for what waits long for the disk: fn
 * touches only what of the fleet is any thread's. */
MUST_USE int later_on_disk(struct deps *d, const struct request *q,
                           unsigned status, later_fn *fn, void *params,
                           struct err *e);

/* The same on the publisher's thread, for publish() alone. */
MUST_USE int later_to_publish(struct deps *d, const struct request *q,
                              unsigned status, later_fn *fn, void *params,
                              struct err *e);

/* The deed of this request: actor, request id, action; object and reason are
 * the caller's. */
struct deed later_deed(const struct request *q, const char *action,
                       const char *object, const char *reason);

/* Writes the deed in a transaction around fn (which may be NULL). */
typedef int later_write_fn(struct fleet *f, void *ctx, struct err *e);
MUST_USE int later_commit(struct fleet *f, const struct deed *deed,
                          later_write_fn *fn, void *ctx, struct err *e);

#endif
