/*
 * A running listener on a free loopback port with a small table of routes,
 * and a queue where parked requests wait for the test to answer them.
 */
#ifndef TESTS_UNIT_SERVER_HTTP_WORLD_H
#define TESTS_UNIT_SERVER_HTTP_WORLD_H

#include "server/http/http.h"
#include "server/http/reply.h"
#include "tests/support/raw_http.h"
#include "tests/support/runner.h"

#include <pthread.h>
#include <semaphore.h>

#define WORLD_BODY_MAX 1024
#define WORLD_SPOOL_MAX (UINT64_C(1) << 20)
#define WORLD_TICKETS 512

struct deps {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct http_ticket *tickets[WORLD_TICKETS];
	const struct request *requests[WORLD_TICKETS];
	size_t head, tail;
	bool is_full;              /* parking is refused */
	_Atomic unsigned released; /* shared bodies given back */
	_Atomic unsigned handled;  /* requests that reached a handler */
	sem_t gate;                /* GET /gate waits for it on the loop */
	sem_t at_gate;
};

struct world {
	struct deps deps;
	struct http_config config;
	struct http *http;
	uint16_t port;
};

/* One thread unless told otherwise before world_start(). */
void world_init(struct world *w);
void world_start(struct world *w);
void world_stop(struct world *w, int64_t drain_ms);
/* init and start. */
void world_open(struct world *w);

/* The next parked request, waited for up to ten seconds. */
struct http_ticket *world_ticket(struct world *w, const struct request **q);

/* A fresh connection, asserted. */
struct raw_http world_connect(struct world *w);
/* Sends on a connection of its own, and gives the status; -1 without one. */
int world_ask(struct raw_reply *out, struct world *w, const char *text);

#define ASSERT_HEADER(reply, name, wanted)                                   \
	do {                                                                 \
		char space_[512];                                            \
		const char *found_ =                                         \
			raw_header(reply, name, space_, sizeof(space_));     \
		ck_assert_msg(found_ != NULL && strcmp(found_, wanted) == 0, \
		              "%s: '%s' instead of '%s' in\n%s", name,       \
		              found_ ? found_ : "(absent)", wanted,          \
		              buf_str(&(reply)->head));                      \
	} while (0)

#define ASSERT_NO_HEADER(reply, name)                                      \
	do {                                                               \
		char space_[512];                                          \
		ck_assert_msg(raw_header(reply, name, space_,              \
		                         sizeof(space_)) == NULL,          \
		              "%s in\n%s", name, buf_str(&(reply)->head)); \
	} while (0)

#endif
