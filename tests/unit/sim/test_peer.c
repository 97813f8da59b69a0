#include "config.h"

#include "lib/base/mem.h"
#include "lib/sim/peer.h"
#include "tests/support/runner.h"

static struct peer peer_of(enum rule_kind kind, int64_t first, int64_t second)
{
	struct peer_terms terms = {.kind = kind, .p0_ppm = 20000, .min = 100};
	struct peer p;

	peer_init(&p, &terms);
	for (int64_t i = 0; i < first; i++)
		peer_add(&p, 0);
	for (int64_t i = 0; i < second; i++)
		peer_add(&p, 1);
	return p;
}

/* After so many good reports of the stage, the failure that stops it. */
static int stops_at(struct peer *p, int stage, int good)
{
	for (int i = 0; i < good; i++)
		ck_assert(!peer_report(p, stage, false));
	for (int n = 1; n <= 1000; n++)
		if (peer_report(p, stage, true))
			return n;
	return -1;
}

TEST(hawkbit_counts_each_group_by_its_size)
{
	struct peer p = peer_of(RULE_HAWKBIT, 100, 1000);

	ck_assert(!peer_report(&p, 0, true));
	ck_assert(!peer_report(&p, 0, true));
	/* The second group's threshold is its own: 20 of 1000. */
	ck_assert_int_eq(stops_at(&p, 1, 0), 21);
	ck_assert(peer_report(&p, 0, true));
}

TEST(a_share_of_reports_counts_all_of_the_rollout)
{
	struct peer p = peer_of(RULE_PERCENT, 100, 1000);

	for (int i = 0; i < 99; i++)
		ck_assert(!peer_report(&p, 0, false));
	/* 2 of 101 are below 2 %, 3 of 102 are not. */
	ck_assert_int_eq(stops_at(&p, 1, 0), 3);
}

TEST(a_floor_of_reports_is_reached_over_stages)
{
	struct peer p = peer_of(RULE_PERCENT_MIN, 100, 1000);

	for (int i = 0; i < 60; i++)
		ck_assert(!peer_report(&p, 0, true));
	ck_assert_int_eq(stops_at(&p, 1, 39), 1);
}
