/*
 * How often one address, one device and one operator may ask in a minute:
 * three tables of token buckets (server/http/limit.h), a minute's worth each.
 * Any thread.
 */
#ifndef SERVER_API_LIMITS_H
#define SERVER_API_LIMITS_H

#include "lib/base/err.h"
#include "server/conf/conf.h"
#include "server/http/limit.h"

/* NULL: not limited. */
struct limits {
	struct limit *address, *device, *operator;
	int64_t address_rate, device_rate, operator_rate;
	bool loopback; /* is counted too */
};

void limits_init(struct limits *l, const struct conf *conf, struct rng *rng);
void limits_fini(struct limits *l);

/* 0, or -1 with ERR_BUSY, code "rate_limited", and the seconds to wait.
 * Times are the running clock's. */
MUST_USE int limits_address(struct limits *l, const char *peer, int64_t now_ms,
                            int64_t *wait_s, struct err *e);
MUST_USE int limits_device(struct limits *l, int64_t key, int64_t now_ms,
                           int64_t *wait_s, struct err *e);
MUST_USE int limits_operator(struct limits *l, int64_t key, int64_t now_ms,
                             int64_t *wait_s, struct err *e);

#endif
