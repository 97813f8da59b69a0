/*
 * What an operator orders about one rollout: read on the connection's thread
 * into the request's arena, obeyed on the scribe's.
 */
#ifndef SERVER_API_ROLLOUT_ORDER_H
#define SERVER_API_ROLLOUT_ORDER_H

#include "lib/base/buf.h"
#include "server/api/deps.h"

/* Only key is always there; the other texts are those that were read. */
struct rollout_order {
	int64_t key;
	const char *hw, *region, *device, *reason;
};

/* Each reads the path's key and of the body what its name says. NULL and e
 * when a member is missing or wrong, ERR_NOT_FOUND for a key that is no
 * number. */
struct rollout_order *rollout_order_key(const struct request *q, struct err *e);
struct rollout_order *rollout_order_reason(const struct request *q,
                                           struct err *e);
/* Also hw and region: each a name, or "" for all. */
struct rollout_order *rollout_order_scope(const struct request *q,
                                          struct err *e);
struct rollout_order *rollout_order_device(const struct request *q,
                                           struct err *e);

/* The scribe's thread: the rollout meant, or NULL and ERR_NOT_FOUND; what is
 * answered when the order was obeyed. */
struct rollout *rollout_order_find(struct fleet *f,
                                   const struct rollout_order *o,
                                   struct err *e);
void rollout_order_show(struct buf *out, struct fleet *f,
                        const struct rollout *r);

#endif
