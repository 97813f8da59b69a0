/* Parked requests: how an answer finds its way back to the loop. */
#include "config.h"

#include "server/http/inside.h"

#include <assert.h>
#include <string.h>

static void list_add(struct loop *l, struct exchange *x)
{
	x->prev = NULL;
	x->next = l->parked;
	if (l->parked != NULL)
		l->parked->prev = x;
	l->parked = x;
	l->tally.parked++;
}

static void list_remove(struct loop *l, struct exchange *x)
{
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		l->parked = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	l->tally.parked--;
}

/* The library's memory goes with the connection, the holder of the ticket
 * may outlive it. */
static void keep_headers(struct exchange *x)
{
	struct header *own =
		arena_calloc(&x->arena, x->q.n_headers + 1, sizeof(*own));

	for (size_t i = 0; own != NULL && i < x->q.n_headers; i++) {
		own[i].name = arena_strdup(&x->arena, x->q.headers[i].name);
		own[i].value = arena_strdup(&x->arena, x->q.headers[i].value);
		if (own[i].name == NULL || own[i].value == NULL)
			own = NULL;
	}
	if (own == NULL)
		x->q.n_headers = 0; /* the arena is full: they read as absent */
	x->q.headers = own;
}

struct http_ticket *request_park(const struct request *q)
{
	struct exchange *x = q->exchange;

	assert(!x->is_parked);
	keep_headers(x);
	x->is_parked = true;
	atomic_fetch_add(&x->count, 1);
	mailbox_keep(x->loop->mailbox);
	x->ticket = (struct http_ticket){.exchange = x,
	                                 .mailbox = x->loop->mailbox};
	list_add(x->loop, x);
	return &x->ticket;
}

void request_unpark(struct http_ticket *t)
{
	struct exchange *x = t->exchange;

	assert(x->is_parked);
	x->is_parked = false;
	list_remove(x->loop, x);
	mailbox_drop(t->mailbox);
	exchange_drop(x);
}

void http_answer(struct http_ticket *t, struct reply *r, const struct err *e)
{
	/* The ticket's count on the mailbox is ours to drop: as soon as the
	 * loop sees the ticket, its memory is the loop's. */
	struct mailbox *m = t->mailbox;

	if (r != NULL) {
		t->reply = *r;
		*r = (struct reply){0};
	} else if (e != NULL) {
		t->err = *e;
	}
	if (!mailbox_put(m, t)) {
		reply_fini(&t->reply);
		exchange_drop(t->exchange);
	}
	mailbox_drop(m);
}

static void wake(struct exchange *x)
{
	list_remove(x->loop, x);
	x->phase = PHASE_ANSWERED;
	MHD_resume_connection(x->connection);
}

void park_deliver(struct loop *l)
{
	struct http_ticket *t = mailbox_take(l->mailbox), *next;

	for (; t != NULL; t = next) {
		struct exchange *x = t->exchange;

		next = t->next;
		if (t->reply.status == 0) {
			exchange_refuse(x, &t->err);
		} else {
			reply_fini(&x->reply);
			x->reply = t->reply;
		}
		wake(x);
		exchange_drop(x);
	}
}

/* The holder may be writing into ticket and arena this very moment, so this
 * answer touches neither. */
void park_abandon(struct loop *l)
{
	static const char stopping[] =
		"{\"type\":\"urn:pawl:problem:busy\",\"title\":\"Busy\","
		"\"status\":503,\"detail\":\"the server is stopping\","
		"\"code\":\"busy\"}";

	while (l->parked != NULL) {
		struct exchange *x = l->parked;

		reply_bytes(&x->reply, 503, "application/problem+json",
		            stopping, strlen(stopping));
		x->reply.retry_after_s = 1;
		wake(x);
	}
}
