/*
 * One HTTP/1.1 answer to a GET, read strictly out of bytes as they arrive
 * (RFC 9112). Pure: no socket, no clock, no memory but its own.
 *
 * What two readers could understand differently is refused, and so is what is
 * longer than its bound: a bare line feed, a folded header, control bytes, a
 * header without a name, two lengths, a length beside a coding, another coding
 * than chunked. Headers that nobody here asks about are only looked through.
 */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 9110 5.4 leaves the bounds to us: one line, and all lines of an answer
 * together, interim answers and trailers included. */
#define NET_LINE_MAX 8192
#define NET_HEAD_MAX 65536
/* The size of a chunk, and what may stand behind it. */
#define NET_CHUNK_LINE_MAX 256
#define NET_VALUE_MAX 64

enum net_answer_state {
	NET_STATUS_LINE,
	NET_HEADERS,
	NET_BODY_OF_LENGTH,
	NET_BODY_TO_THE_END, /* of the connection */
	NET_CHUNK_SIZE,
	NET_CHUNK_BODY,
	NET_CHUNK_END,
	NET_TRAILERS,
	NET_ANSWERED,
};

struct net_answer {
	enum net_answer_state state;
	int status;
	bool is_old;     /* HTTP/1.0 */
	bool has_head;   /* status and headers are complete */
	bool last;       /* the connection can not be used again */
	int64_t length;  /* of Content-Length; -1: none */
	bool is_chunked; /* Transfer-Encoding: chunked */
	int64_t left;    /* bytes to come of this body or chunk */
	char content_range[NET_VALUE_MAX], retry_after[NET_VALUE_MAX];
	size_t head_bytes;
	size_t line_len;
	char line[NET_LINE_MAX];
};

void net_answer_init(struct net_answer *a);

/* Reads on, until a piece of the body was found, the head is complete or the
 * answer is. Gives how many of the n > 0 bytes were read, at least one unless
 * the answer was complete before; *body, in these bytes, has *body_len of the
 * body. -1: ERR_UNREACHABLE, and nothing more can be read. */
MUST_USE int net_answer_read(struct net_answer *a, const char *bytes, size_t n,
                             size_t *read, const char **body, size_t *body_len,
                             struct err *e);

/* The connection has ended: 0 when that completes the answer, -1 when it cuts
 * it off (ERR_UNREACHABLE). */
MUST_USE int net_answer_end(struct net_answer *a, struct err *e);

#endif
