/*
 * What a handler answers. A reply is filled by the functions below; http
 * does the rest: HEAD, 304 from If-None-Match, single ranges with If-Range,
 * the length. A reply with an ETag is one version of a thing, so it honours
 * conditions and ranges; one without is sent whole.
 *
 * Strings (types, header values, tags) are borrowed: static, or from the
 * request's arena. Bodies are never encoded (no Content-Encoding): the bytes
 * a signature covers are the bytes on the wire.
 *
 * Not thread-safe; any one thread.
 */
#ifndef SERVER_HTTP_REPLY_H
#define SERVER_HTTP_REPLY_H

#include "lib/base/buf.h"
#include "server/http/request.h"

#define REPLY_HEADERS_MAX 12

struct reply {
	unsigned status; /* 0: not filled */
	const char *content_type;
	const void *bytes; /* the body, when file_fd is not owned */
	uint64_t len;
	void (*release)(void *owner); /* once the bytes are not needed */
	void *owner;
	bool is_file;
	int file_fd;
	const char *etag;          /* without quotes */
	const char *cache_control; /* NULL: CACHE_NEVER */
	int64_t retry_after_s;     /* 0: not said; kept when refused */
	bool closes;               /* ends the connection */
	struct header headers[REPLY_HEADERS_MAX];
	size_t n_headers;
};

/* No body: 204 and the like. */
void reply_empty(struct reply *r, unsigned status);
/* Borrowed bytes. */
void reply_bytes(struct reply *r, unsigned status, const char *type,
                 const void *bytes, size_t len);
/* Bytes of a counted object: release(owner) is called exactly once, on any
 * thread, when they are sent or given up. */
void reply_shared(struct reply *r, unsigned status, const char *type,
                  const void *bytes, size_t len, void (*release)(void *owner),
                  void *owner);
/* Takes the descriptor and sends len bytes from its start. */
void reply_file(struct reply *r, unsigned status, const char *type, int fd,
                uint64_t len);
/* Takes the buf's bytes as application/json; ERR_INTERNAL when the writer
 * ran over the buf's maximum. */
MUST_USE int reply_json(struct reply *r, unsigned status, struct buf *json,
                        struct err *e);

/* At most REPLY_HEADERS_MAX in all, which is asserted. */
void reply_header(struct reply *r, const char *name, const char *value);
/* All of a list that ends with a NULL name. */
void reply_header_list(struct reply *r, const struct header *list);
/* A strong tag without quotes: [A-Za-z0-9._-]. */
void reply_etag(struct reply *r, const char *tag);
void reply_cache(struct reply *r, const char *policy);

/* For reply_cache(). */
#define CACHE_NEVER "no-store"
#define CACHE_REVALIDATE "no-cache" /* keep, but ask each time */
#define CACHE_FOREVER "public, max-age=31536000, immutable"

/* What every page and script of ours is sent with. */
extern const struct header reply_html_headers[];

/* Drops the body of a reply that will not be sent; idempotent. */
void reply_fini(struct reply *r);
DEFINE_SCOPED_PLACE(reply_fini, struct reply)

/* The HTTP status of an error: the one place that knows. */
unsigned reply_status_of(const struct err *e);
/* *r becomes RFC 9457 problem+json: type, title, status, detail, code,
 * instance (the request's id). Keeps r's headers and retry_after_s. */
void reply_problem(struct reply *r, const char *request_id,
                   const struct err *e);

/* What of a reply goes out, given the request's conditions. */
struct reply_cut {
	unsigned status;
	bool is_range;
	uint64_t first, last; /* of the body, both included */
};

/* Pure. 200 becomes 304, 206 or 416 where RFC 9110 13 and 14 say so. */
struct reply_cut reply_decide(const struct reply *r, const struct request *q);

#endif
