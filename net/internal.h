/*
 * Between the files of the net room: net.c decides who makes a request,
 * plain.c makes the simple ones, curl.c has libcurl make the others.
 * What an answer means, and where its bytes go, is the same for both.
 */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include "net/net.h"
#include "net/place.h"

#include <stdbool.h>

/* One request under way. */
struct net_transfer {
	const struct net_request *q;
	const struct net_options *options; /* nothing in them is 0 or NULL,
	                                      but ca_file */
	struct net_reply *reply;
	bool has_head;
	bool has_enough; /* answered, whatever is still to come */
	size_t sunk;     /* bytes given to the sink */
	struct err err;  /* of sink or source, or a bound: it stands */
};

/* Status and the two headers that count; NULL when absent. The first call
 * counts. */
void net_take_head(struct net_transfer *t, int status, const char *range,
                   const char *retry_after);
/* A piece of the body, after the head. -1: t->err says why. With has_enough
 * the request has succeeded, and the connection can not be used again. */
MUST_USE int net_take_body(struct net_transfer *t, const void *bytes, size_t n);
/* How long all of it may take; 0: any time. */
long net_total_ms(const struct net_transfer *t);

/* One GET without a body to such a place, over a connection that is kept.
 * -1: e has ERR_UNREACHABLE without the URL, or t->err is set. */
struct net_plain;
struct net_plain *net_plain_new(void);
void net_plain_free(struct net_plain *p);
MUST_USE int net_plain_request(struct net_plain *p,
                               const struct net_place *place,
                               struct net_transfer *t, struct err *e);

/* Loads libcurl when nobody did before; any thread. NULL: ERR_IO, code
 * "no_libcurl". */
struct net_curl;
struct net_curl *net_curl_new(struct err *e);
void net_curl_free(struct net_curl *c);
/* Anything. -1: e has a kind as net.h says, without the URL, or t->err is
 * set. */
MUST_USE int net_curl_request(struct net_curl *c, struct net_transfer *t,
                              struct err *e);
/* Whether the library of this name has all that is needed. */
MUST_USE int net_curl_load(const char *soname, struct err *e);

#endif
