/*
 * HTTP as our clients need it: one bounded request, one bounded answer, no
 * redirects, http and https only. The tools and the device agent speak
 * through a `struct net_door`, so that tests and a fleet give their own;
 * net.c is the door to the real network: a plain GET to an address by our own
 * few lines, all else by libcurl, which is loaded when it is needed.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct net_reply {
	int status;            /* 200, 404, … */
	int64_t retry_after_s; /* -1: not given, or a date */
	int64_t range_from;    /* of Content-Range; -1: none */
	int64_t range_total;   /* -1: none, or unknown to the server */
	struct buf body;       /* all of it, unless a sink took it; of a
	                          problem the first 16 KiB */
};

static inline void net_reply_fini(struct net_reply *r)
{
	buf_fini(&r->body);
}
DEFINE_SCOPED_PLACE(net_reply_fini, struct net_reply)

/* Takes the body of a 200 or 206 as it arrives; head has everything but the
 * body. -1 ends the transfer, and the request fails with that error. */
typedef int net_sink_fn(void *ctx, const struct net_reply *head,
                        const void *bytes, size_t n, struct err *e);

/* Gives exactly n bytes of a request's body from this offset on; earlier
 * ones are asked for again when a connection has to be made anew. -1 ends the
 * transfer, and the request fails with that error. */
typedef int net_source_fn(void *ctx, void *out, size_t n, int64_t offset,
                          struct err *e);

struct net_request {
	const char *method; /* "GET", "POST", "PUT", … */
	const char *url;
	const char *bearer;       /* Authorization: Bearer …; NULL: none */
	const char *content_type; /* NULL: application/json */
	const void *body;         /* NULL: none */
	size_t body_len;
	/* Gives the body_len bytes of a body too large for memory, in place
	 * of `body`; NULL: none. */
	net_source_fn *source;
	void *source_ctx;
	/* Range: bytes=from-to, both included; asked for when to_byte > 0. */
	int64_t from_byte, to_byte;
	/* The body of a 2xx may have so many bytes; more is ERR_TOO_LARGE. With
	 * a sink that goes for a 200 and 206 alone. The other statuses are
	 * answers whatever is behind them: what is not kept is not read. */
	size_t max_bytes;
	/* The whole request may take so long; 0: as the door was told, -1:
	 * as long as it is not slow. */
	long total_ms;
	net_sink_fn *sink; /* NULL: the body goes into the reply */
	void *sink_ctx;
};

/* Any status is an answer: 0. No answer is -1: ERR_UNREACHABLE when trying
 * again may help, ERR_UNTRUSTED for a certificate, ERR_INVALID for a URL that
 * is none. */
struct net_door {
	int (*request)(void *ctx, struct net_reply *out,
	               const struct net_request *q, struct err *e);
	void *ctx;
};

static inline MUST_USE int net_ask(const struct net_door *d,
                                   struct net_reply *out,
                                   const struct net_request *q, struct err *e)
{
	return d->request(d->ctx, out, q, e);
}

/* "bytes 0-99/1234" into from and total ("*" gives -1); -1 when it is not
 * that. */
MUST_USE int net_parse_content_range(int64_t *from, int64_t *total,
                                     const char *text);

/* The real one. */
struct net_options {
	const char *ca_file; /* PEM; NULL: the system's */
	long connect_ms;     /* 0: 10 s */
	long total_ms;       /* 0: 120 s */
	/* A body slower than this for so long is given up (TUF 1.5.2, slow
	 * retrieval). 0: 100 bytes/s, 30 s. */
	long slow_bytes_per_s, slow_s;
	const char *user_agent; /* NULL: pawl and its version */
	/* NULL: the system's. What libcurl makes has libcurl's. */
	const struct clock *clock;
};

/* A connection kept alive between requests; one owner at a time. */
struct net;
struct net *net_new(const struct net_options *options);
void net_free(struct net *n);
DEFINE_SCOPED(net_free, struct net *)
/* Borrowed: valid as long as n. */
struct net_door net_door(struct net *n);

#endif
