#include "config.h"

#include "tests/unit/server/http_world.h"

#include <string.h>

#define PARK(n)                                 \
	"POST /v1/park HTTP/1.1\r\nHost: x\r\n" \
	"X-Mark: " n "\r\nContent-Length: 1\r\n\r\n" n
#define HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

struct answering {
	struct world *world;
	size_t n;
};

/* Another thread, as the scribe is one: echoes body, header and id. */
static void *answer(void *arg)
{
	struct answering *a = arg;

	for (size_t i = 0; i < a->n; i++) {
		const struct request *q = NULL;
		struct http_ticket *t = world_ticket(a->world, &q);
		struct reply r = {0};
		const char *text = arena_printf(q->arena, "%s %s", q->body,
		                                request_header(q, "X-Mark"));

		reply_bytes(&r, 200, "text/plain", text, strlen(text));
		http_answer(t, &r, NULL);
	}
	return NULL;
}

static pthread_t answer_in_thread(struct answering *a)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, answer, a), 0);
	return thread;
}

TEST(a_parked_request_is_answered_by_another_thread)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;
	struct answering a = {&w, 50};

	world_open(&w);
	pthread_t thread = answer_in_thread(&a);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(raw_ask(&reply, &r, PARK("7")), 200);
		ck_assert_str_eq(buf_str(&reply.body), "7 7");
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	world_stop(&w, 0);
}

TEST(many_parked_requests_get_each_their_own_answer)
{
	enum { COUNT = 100 };
	static struct raw_http r[COUNT];
	struct world w;
	struct answering a = {&w, COUNT};

	world_init(&w);
	w.config.threads = 2;
	world_start(&w);
	for (int i = 0; i < COUNT; i++) {
		r[i] = world_connect(&w);
		ck_assert_int_eq(raw_puts(&r[i], i % 2 ? PARK("1") : PARK("0")),
		                 0);
	}
	pthread_t thread = answer_in_thread(&a);
	for (int i = 0; i < COUNT; i++) {
		SCOPED(raw_reply_fini)
		struct raw_reply reply = {0};

		ck_assert_int_eq(raw_read(&reply, &r[i], false), 0);
		ck_assert_str_eq(buf_str(&reply.body), i % 2 ? "1 1" : "0 0");
		raw_close(&r[i]);
	}
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	world_stop(&w, 0);
}

TEST(others_are_served_while_one_is_parked)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct http_counts counts;
	struct reply answer_it = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, PARK("7") HELLO), 0);
	struct http_ticket *t = world_ticket(&w, NULL);
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), 200);
	http_counts(&counts, w.http);
	ck_assert_uint_eq(counts.parked, 1);
	reply_empty(&answer_it, 204);
	http_answer(t, &answer_it, NULL);
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_int_eq(reply.status, 204);
	/* What was pipelined behind it comes after it. */
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_int_eq(reply.status, 200);
	http_counts(&counts, w.http);
	ck_assert_uint_eq(counts.parked, 0);
	world_stop(&w, 0);
}

TEST(a_parked_request_may_be_refused)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct err e = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, PARK("7")), 0);
	(void)err_set(&e, ERR_NO_SPACE, "the disk is full");
	http_answer(world_ticket(&w, NULL), NULL, &e);
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_int_eq(reply.status, 507);
	ck_assert_ptr_nonnull(strstr(buf_str(&reply.body), "the disk is full"));
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 0);
}

TEST(a_full_queue_takes_the_parking_back)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_init(&w);
	w.deps.is_full = true;
	world_start(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r, PARK("7")), 503);
	ASSERT_HEADER(&reply, "Retry-After", "5");
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	world_stop(&w, 1000000);
}

TEST(an_answer_to_a_client_that_left_is_dropped)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	const struct request *q = NULL;
	struct reply r = {0};
	struct world w;

	world_open(&w);
	struct raw_http gone = world_connect(&w);
	ck_assert_int_eq(raw_puts(&gone, PARK("7")), 0);
	struct http_ticket *t = world_ticket(&w, &q);
	raw_close(&gone);
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), 200);
	/* Still all there, for whoever holds the ticket. */
	ck_assert_str_eq(q->body, "7");
	ck_assert_str_eq(request_header(q, "X-Mark"), "7");
	reply_bytes(&r, 200, "text/plain", "late", 4);
	http_answer(t, &r, NULL);
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), 200);
	world_stop(&w, 1000000);
}

static void *stop(void *arg)
{
	world_stop(arg, 1000000);
	return NULL;
}

TEST(a_stop_waits_for_what_is_answered_in_time)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct reply answer_it = {0};
	struct raw_http probe;
	pthread_t stopping;
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, PARK("7")), 0);
	struct http_ticket *t = world_ticket(&w, NULL);
	ck_assert_int_eq(pthread_create(&stopping, NULL, stop, &w), 0);
	/* It is stopping as soon as nobody gets in. */
	while (raw_open(&probe, w.port) == 0)
		raw_close(&probe);
	reply_empty(&answer_it, 204);
	http_answer(t, &answer_it, NULL);
	ck_assert_int_eq(pthread_join(stopping, NULL), 0);
	ck_assert_int_eq(raw_read(&reply, &r, false), 0);
	ck_assert_int_eq(reply.status, 204);
	ASSERT_HEADER(&reply, "Connection", "close");
	ck_assert(raw_ended(&r));
}

TEST(a_stop_answers_503_to_what_stays_parked)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	const struct request *q = NULL;
	struct reply r = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http c = world_connect(&w);
	ck_assert_int_eq(raw_puts(&c, PARK("7")), 0);
	struct http_ticket *t = world_ticket(&w, &q);
	world_stop(&w, 20);
	ck_assert_int_eq(raw_read(&reply, &c, false), 0);
	ck_assert_int_eq(reply.status, 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&reply.body), "stopping"));
	ck_assert(raw_ended(&c));
	/* The server is gone; the ticket is not. */
	ck_assert_str_eq(q->body, "7");
	ck_assert_str_eq(request_header(q, "X-Mark"), "7");
	reply_bytes(&r, 200, "text/plain", q->body, 1);
	http_answer(t, &r, NULL);
}

static void release(void *owner)
{
	++*(_Atomic unsigned *)owner;
}

TEST(a_dropped_answer_gives_its_shared_body_back)
{
	_Atomic unsigned released = 0;
	struct reply r = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http c = world_connect(&w);
	ck_assert_int_eq(raw_puts(&c, PARK("7")), 0);
	struct http_ticket *t = world_ticket(&w, NULL);
	world_stop(&w, 0);
	reply_shared(&r, 200, "text/plain", "x", 1, release, &released);
	http_answer(t, &r, NULL);
	ck_assert_uint_eq(released, 1);
}
