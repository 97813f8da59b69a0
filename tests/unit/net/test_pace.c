#include "config.h"

#include "net/pace.h"
#include "tests/support/runner.h"

#define SPEED 1000
#define PATIENCE_S 30
#define DAY_MS INT64_C(86400000)

TEST(silence_is_given_up_when_patience_is)
{
	struct net_pace p;

	net_pace_begin(&p, DAY_MS, SPEED, PATIENCE_S);
	ck_assert_int_eq(net_pace_until_ms(&p), DAY_MS + 30000);
	/* However much came before. */
	net_pace_got(&p, DAY_MS + 1000, 100000000);
	ck_assert_int_eq(net_pace_until_ms(&p), DAY_MS + 31000);
}

TEST(who_keeps_the_least_speed_is_never_given_up)
{
	struct net_pace p;
	int64_t now = DAY_MS;

	net_pace_begin(&p, now, SPEED, PATIENCE_S);
	for (int i = 0; i < 100000; i++) {
		net_pace_got(&p, ++now, 1);
		ck_assert_int_gt(net_pace_until_ms(&p), now);
	}
	ck_assert_int_eq(net_pace_until_ms(&p), now + 30000);
}

/* One byte in ten seconds would pass for ever if each one counted as life. */
TEST(drops_do_not_buy_time)
{
	struct net_pace p;
	int64_t now = DAY_MS;

	net_pace_begin(&p, now, SPEED, PATIENCE_S);
	while (net_pace_until_ms(&p) > now) {
		now += 100;
		net_pace_got(&p, now, 1);
	}
	ck_assert_int_le(now, DAY_MS + 30400);
}

TEST(half_the_least_speed_is_borne_for_twice_the_patience)
{
	struct net_pace p;
	int64_t now = DAY_MS;

	net_pace_begin(&p, now, SPEED, PATIENCE_S);
	while (net_pace_until_ms(&p) > now) {
		now += 1000;
		net_pace_got(&p, now, SPEED / 2);
	}
	ck_assert_int_eq(now, DAY_MS + 60000);
}
