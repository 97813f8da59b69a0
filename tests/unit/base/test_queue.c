#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/queue.h"
#include "lib/base/rng.h"
#include "tests/support/runner.h"

DEFINE_SCOPED_PLACE(queue_fini, struct queue)

TEST(events_come_in_the_order_of_their_time)
{
	SCOPED(queue_fini)
	struct queue q = {0};
	struct rng_seeded rng;
	int64_t at = -1, last = -1;
	uint32_t who, before = 0;
	int taken = 0;

	rng_seeded_init(&rng, 5);
	for (uint32_t i = 0; i < 2000; i++)
		queue_add(&q, (int64_t)rng_below(&rng.rng, 500),
		          (uint32_t)rng_below(&rng.rng, 100));
	while (queue_take(&q, INT64_MAX, &at, &who)) {
		ck_assert(at > last || (at == last && who >= before));
		last = at;
		before = who;
		taken++;
	}
	ck_assert_int_eq(taken, 2000);
}

TEST(what_comes_at_the_end_waits)
{
	SCOPED(queue_fini)
	struct queue q = {0};
	int64_t at;
	uint32_t who;

	ck_assert(!queue_take(&q, INT64_MAX, &at, &who));
	queue_add(&q, 60, 7);
	ck_assert(!queue_take(&q, 60, &at, &who));
	ck_assert(queue_take(&q, 61, &at, &who));
	ck_assert_int_eq(at, 60);
	ck_assert_int_eq(who, 7);
}
