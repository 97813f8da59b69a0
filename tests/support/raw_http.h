/*
 * Bytes to a server and bytes back, with plain sockets: for tests that say
 * what no HTTP library would. Every wait is bounded; nothing here asserts.
 */
#ifndef TESTS_SUPPORT_RAW_HTTP_H
#define TESTS_SUPPORT_RAW_HTTP_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct raw_http {
	int fd;
	struct buf in; /* received and not yet read as a reply */
};

struct raw_reply {
	int status;
	struct buf head; /* status line and headers */
	struct buf body; /* chunks put together */
};

/* Connects to 127.0.0.1; 0 or -1. */
MUST_USE int raw_open(struct raw_http *r, uint16_t port);
void raw_close(struct raw_http *r);
DEFINE_SCOPED_PLACE(raw_close, struct raw_http)

MUST_USE int raw_send(struct raw_http *r, const void *bytes, size_t n);
MUST_USE int raw_puts(struct raw_http *r, const char *text);

/* Reads one reply, interim ones (1xx) excepted; `to_head` says that the
 * request was HEAD, so no body follows. -1 when none comes within ten
 * seconds or the connection ends inside it. */
MUST_USE int raw_read(struct raw_reply *out, struct raw_http *r, bool to_head);
void raw_reply_fini(struct raw_reply *reply);
DEFINE_SCOPED_PLACE(raw_reply_fini, struct raw_reply)

/* Waits up to ten seconds for the other side to end the connection, and
 * drops what comes before. */
bool raw_ended(struct raw_http *r);
/* Sends, reads one reply, and gives its status; -1 when there is none. */
int raw_ask(struct raw_reply *out, struct raw_http *r, const char *text);
/* The value of a header of the reply, in `space`; NULL when it is absent. */
const char *raw_header(const struct raw_reply *reply, const char *name,
                       char *space, size_t size);

#endif
