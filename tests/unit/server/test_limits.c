#include "config.h"

#include "server/api/limits.h"
#include "tests/support/runner.h"

#include <string.h>

static void make(struct limits *l, const char *address_rate)
{
	static struct rng_seeded rng;
	struct conf c;
	struct err e;

	rng_seeded_init(&rng, 7);
	conf_init(&c);
	ASSERT_OK(conf_set(&c, "address_rate", address_rate, "test", &e));
	ASSERT_OK(conf_set(&c, "device_rate", "2", "test", &e));
	limits_init(l, &c, &rng.rng);
	conf_fini(&c);
}

static int ask(struct limits *l, const char *peer)
{
	int64_t wait_s = 0;
	struct err e = {0};

	if (limits_address(l, peer, 0, &wait_s, &e) == 0)
		return 0;
	ck_assert_str_eq(e.code, "rate_limited");
	ck_assert_int_eq(e.kind, ERR_BUSY);
	return (int)wait_s;
}

TEST(an_ipv6_network_is_one_address_and_an_ipv4_address_another)
{
	struct limits l;

	make(&l, "1");
	ck_assert_int_eq(ask(&l, "2001:db8:1:2::1"), 0);
	ck_assert_int_eq(ask(&l, "2001:db8:1:2:ffff::9"), 60);
	ck_assert_int_eq(ask(&l, "2001:db8:1:3::1"), 0);
	ck_assert_int_eq(ask(&l, "192.0.2.1"), 0);
	ck_assert_int_eq(ask(&l, "192.0.2.2"), 0);
	ck_assert_int_eq(ask(&l, "192.0.2.1"), 60);
	limits_fini(&l);
}

TEST(loopback_and_a_rate_of_zero_know_no_limit)
{
	struct limits l;

	make(&l, "1");
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(ask(&l, "127.0.0.1"), 0);
		ck_assert_int_eq(ask(&l, "127.8.0.1"), 0);
		ck_assert_int_eq(ask(&l, "::1"), 0);
	}
	limits_fini(&l);
	make(&l, "0");
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(ask(&l, "192.0.2.1"), 0);
	limits_fini(&l);
}

TEST(a_device_has_a_minute_s_worth_and_then_waits)
{
	struct limits l;
	int64_t wait_s = 0;
	struct err e;

	make(&l, "1");
	ASSERT_OK(limits_device(&l, 7, 0, &wait_s, &e));
	ASSERT_OK(limits_device(&l, 7, 0, &wait_s, &e));
	ASSERT_CODE(limits_device(&l, 7, 0, &wait_s, &e), "rate_limited");
	ck_assert_int_eq(wait_s, 30);
	ASSERT_SAYS("2 requests in a minute");
	ASSERT_OK(limits_device(&l, 8, 0, &wait_s, &e));
	ASSERT_OK(limits_device(&l, 7, 30000, &wait_s, &e));
	ASSERT_OK(limits_operator(&l, 7, 0, &wait_s, &e));
	limits_fini(&l);
}
