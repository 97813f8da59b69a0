#include "config.h"

#include "tests/unit/server/http_world.h"

#include <sys/resource.h>

#define HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"

static void allow_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(three_hundred_connections_at_once_are_all_served)
{
	enum { COUNT = 300 };
	static struct raw_http r[COUNT];
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	allow_descriptors();
	world_init(&w);
	w.config.threads = 2;
	world_start(&w);
	for (int i = 0; i < COUNT; i++)
		r[i] = world_connect(&w);
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(raw_puts(&r[i], HELLO), 0);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(raw_read(&reply, &r[i], false), 0);
		ck_assert_int_eq(reply.status, 200);
	}
	for (int i = 0; i < COUNT; i++)
		raw_close(&r[i]);
	world_stop(&w, 0);
}

/* The library's own waiting stalls when one epoll_wait() fills its list of
 * 128. The gate makes that moment: the loop is held up until exactly that
 * many sockets are readable. */
TEST(exactly_128_ready_connections_do_not_stall_the_loop)
{
	static const int counts[] = {127, 128, 129, 256};
	static struct raw_http r[256];
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	allow_descriptors();
	world_open(&w);
	SCOPED(raw_close)
	struct raw_http gate = world_connect(&w);
	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		for (int i = 0; i < counts[k]; i++) {
			r[i] = world_connect(&w);
			ck_assert_int_eq(raw_ask(&reply, &r[i], HELLO), 200);
		}
		ck_assert_int_eq(
			raw_puts(&gate,
		                 "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n"),
			0);
		ck_assert_int_eq(sem_wait(&w.deps.at_gate), 0);
		for (int i = 0; i < counts[k]; i++)
			ck_assert_int_eq(raw_puts(&r[i], HELLO), 0);
		ck_assert_int_eq(sem_post(&w.deps.gate), 0);
		for (int i = 0; i < counts[k]; i++) {
			ck_assert_msg(raw_read(&reply, &r[i], false) == 0,
			              "%d ready: a stall", counts[k]);
			ck_assert_int_eq(reply.status, 200);
		}
		ck_assert_int_eq(raw_read(&reply, &gate, false), 0);
		for (int i = 0; i < counts[k]; i++)
			raw_close(&r[i]);
	}
	world_stop(&w, 0);
}

TEST(more_connections_than_allowed_wait_until_one_leaves)
{
	enum { ALLOWED = 4 };
	struct raw_http r[ALLOWED];
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_init(&w);
	w.config.max_connections = ALLOWED;
	world_start(&w);
	for (int i = 0; i < ALLOWED; i++) {
		r[i] = world_connect(&w);
		ck_assert_int_eq(raw_ask(&reply, &r[i], HELLO), 200);
	}
	SCOPED(raw_close)
	struct raw_http late = world_connect(&w);
	ck_assert_int_eq(raw_puts(&late, HELLO), 0);
	ck_assert_int_eq(raw_ask(&reply, &r[0], HELLO), 200);
	raw_close(&r[0]);
	ck_assert_int_eq(raw_read(&reply, &late, false), 0);
	ck_assert_int_eq(reply.status, 200);
	for (int i = 1; i < ALLOWED; i++)
		raw_close(&r[i]);
	world_stop(&w, 0);
}

TEST(one_address_gets_its_share_of_connections)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_init(&w);
	w.config.max_per_address = 2;
	world_start(&w);
	SCOPED(raw_close)
	struct raw_http a = world_connect(&w);
	SCOPED(raw_close)
	struct raw_http b = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &a, HELLO), 200);
	ck_assert_int_eq(raw_ask(&reply, &b, HELLO), 200);
	SCOPED(raw_close)
	struct raw_http c = world_connect(&w);
	ck_assert(raw_ended(&c));
	ck_assert_int_eq(raw_ask(&reply, &a, HELLO), 200);
	world_stop(&w, 0);
}

TEST(a_request_that_drips_in_is_cut_off)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_init(&w);
	w.config.receive_s = 1;
	world_start(&w);
	SCOPED(raw_close)
	struct raw_http silent = world_connect(&w);
	SCOPED(raw_close)
	struct raw_http half = world_connect(&w);
	SCOPED(raw_close)
	struct raw_http body = world_connect(&w);
	SCOPED(raw_close)
	struct raw_http idle = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &idle, HELLO), 200);
	ck_assert_int_eq(raw_puts(&half, "GET /hello HTTP/1.1\r\nHos"), 0);
	ck_assert_int_eq(raw_puts(&body, "POST /v1/echo HTTP/1.1\r\nHost: x\r\n"
	                                 "Content-Length: 10\r\n\r\n12345"),
	                 0);
	ck_assert(raw_ended(&silent));
	ck_assert(raw_ended(&half));
	ck_assert(raw_ended(&body));
	/* Keep-alive is not dripping. */
	ck_assert_int_eq(raw_ask(&reply, &idle, HELLO), 200);
	world_stop(&w, 0);
}

TEST(a_stop_ends_idle_connections_at_once)
{
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_ask(&reply, &r, HELLO), 200);
	/* Were it waited for, the test would not end in time. */
	world_stop(&w, 1000000);
	ck_assert(raw_ended(&r));
}

TEST(a_stop_does_not_wait_for_half_a_request_for_ever)
{
	struct world w;

	world_open(&w);
	SCOPED(raw_close)
	struct raw_http r = world_connect(&w);
	ck_assert_int_eq(raw_puts(&r, "GET /hello HTTP/1.1\r\nHost"), 0);
	world_stop(&w, 50);
	ck_assert(raw_ended(&r));
}

TEST(one_address_has_so_many_connections_and_gets_them_back)
{
	enum { MOST = 3 };
	struct raw_http r[MOST];
	SCOPED(raw_reply_fini)
	struct raw_reply reply = {0};
	struct world w;
	int status = -1;

	world_init(&w);
	w.config.max_per_address = MOST;
	world_start(&w);
	for (int i = 0; i < MOST; i++) {
		r[i] = world_connect(&w);
		ck_assert_int_eq(raw_ask(&reply, &r[i], HELLO), 200);
	}
	/* One more is closed without a word; the others go on. */
	ck_assert_int_eq(world_ask(&reply, &w, HELLO), -1);
	for (int i = 0; i < MOST; i++)
		ck_assert_int_eq(raw_ask(&reply, &r[i], HELLO), 200);
	raw_close(&r[0]);
	/* The loop learns of the end a moment later. */
	for (int i = 0; i < 1000 && status != 200; i++)
		status = world_ask(&reply, &w, HELLO);
	ck_assert_int_eq(status, 200);
	for (int i = 1; i < MOST; i++)
		raw_close(&r[i]);
	world_stop(&w, 0);
}
