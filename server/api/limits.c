#include "config.h"

#include "server/api/limits.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* Buckets of 24 bytes: beyond so many callers at a time the tables are a
 * little lenient. */
#define ADDRESSES 65536
#define DEVICES 65536
#define OPERATORS 1024

static struct limit *make(size_t keys, int64_t rate, struct rng *rng)
{
	return rate > 0 ? limit_new(keys, rate, rate, rng) : NULL;
}

void limits_init(struct limits *l, const struct conf *conf, struct rng *rng)
{
	*l = (struct limits){
		.address = make(ADDRESSES, conf->address_rate, rng),
		.device = make(DEVICES, conf->device_rate, rng),
		.operator= make(OPERATORS, conf->operator_rate, rng),
		.address_rate = conf->address_rate,
		.device_rate = conf->device_rate,
		.operator_rate = conf->operator_rate,
		.loopback = conf->limit_loopback,
	};
}

void limits_fini(struct limits *l)
{
	limit_free(l->address);
	limit_free(l->device);
	limit_free(l->operator);
	*l = (struct limits){0};
}

static int take(struct limit *l, const char *what, int64_t rate,
                const void *key, size_t len, int64_t now_ms, int64_t *wait_s,
                struct err *e)
{
	if (l == NULL || limit_take(l, key, len, now_ms, wait_s))
		return 0;
	return err_code(e, ERR_BUSY, "rate_limited",
	                "%s: more than %" PRId64 " requests in a minute; the "
	                "next may come in %" PRId64 " s",
	                what, rate, *wait_s);
}

static bool is_loopback(const char *peer)
{
	return strncmp(peer, "127.", 4) == 0 || strcmp(peer, "::1") == 0;
}

int limits_address(struct limits *l, const char *peer, int64_t now_ms,
                   int64_t *wait_s, struct err *e)
{
	struct in6_addr six;

	/* A proxy on this machine speaks for everybody. */
	if (!l->loopback && is_loopback(peer))
		return 0;
	/* Whoever has one IPv6 address has the 2^64 beside it. */
	if (inet_pton(AF_INET6, peer, &six) == 1)
		return take(l->address, "this network", l->address_rate, &six,
		            8, now_ms, wait_s, e);
	return take(l->address, "this address", l->address_rate, peer,
	            strlen(peer), now_ms, wait_s, e);
}

int limits_device(struct limits *l, int64_t key, int64_t now_ms,
                  int64_t *wait_s, struct err *e)
{
	return take(l->device, "this device", l->device_rate, &key, sizeof(key),
	            now_ms, wait_s, e);
}

int limits_operator(struct limits *l, int64_t key, int64_t now_ms,
                    int64_t *wait_s, struct err *e)
{
	return take(l->operator, "this operator token", l->operator_rate, &key,
	            sizeof(key), now_ms, wait_s, e);
}
