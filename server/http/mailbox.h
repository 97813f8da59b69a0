/*
 * Where answers to parked requests wait for the loop that owns them. The
 * loop sleeps on `fd`; a ticket holds a count on the mailbox, so an answer
 * after the end of the loop falls into a closed box instead of freed memory.
 */
#ifndef SERVER_HTTP_MAILBOX_H
#define SERVER_HTTP_MAILBOX_H

#include "lib/base/lock.h"
#include "server/http/reply.h"

struct http_ticket {
	struct exchange *exchange; /* counted */
	struct mailbox *mailbox;   /* counted */
	struct http_ticket *next;  /* in the mailbox */
	/* The answer; written by the holder, read by the loop after the
	 * ticket came through the mailbox. */
	struct reply reply;
	struct err err;
};

struct mailbox {
	struct lock lock;
	atomic_uint count;
	int fd; /* eventfd */
	bool is_closed;
	struct http_ticket *first;
	struct http_ticket **last;
};

/* Counted once, for the caller. */
MUST_USE int mailbox_new(struct mailbox **out, struct err *e);
void mailbox_keep(struct mailbox *m);
void mailbox_drop(struct mailbox *m);

/* Any thread. False when nobody will take it out any more. */
bool mailbox_put(struct mailbox *m, struct http_ticket *t);
/* The loop: all that is in it, oldest first, linked by next. */
struct http_ticket *mailbox_take(struct mailbox *m);
/* The loop, at its end: nothing gets in from now on. */
void mailbox_close(struct mailbox *m);
/* Wakes the loop for another reason. */
void mailbox_wake(struct mailbox *m);

#endif
