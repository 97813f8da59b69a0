/*
 * A URL that needs no library to be reached: http, an address as it is
 * usually written or "localhost", perhaps a port, a path. Names, users,
 * fragments, other spellings of an address and everything odd are not for us;
 * libcurl knows what they mean.
 */
#ifndef NET_PLACE_H
#define NET_PLACE_H

#include "lib/base/cleanup.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* "[", an IPv6 address, "]:65535". */
#define NET_HOST_MAX 64

union net_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct net_place {
	char host[NET_HOST_MAX];        /* as the header Host says it */
	union net_address addresses[2]; /* to try in turn */
	size_t n_addresses;
	bool is_loopback;
	const char *path; /* with its query; within the URL, or "/" */
};

/* 0, or -1 for a URL that is not of this kind; it may be a good one. */
MUST_USE int net_place_parse(struct net_place *out, const char *url);

#endif
