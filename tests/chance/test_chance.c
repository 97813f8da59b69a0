#include "config.h"

#include "tests/chance/chance.h"
#include "tests/support/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* PAWL_CHANCE=N runs so many from PAWL_CHANCE_SEED on; the slow suite does. */
static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? strtoull(s, NULL, 10) : otherwise;
}

TEST(whatever_happens_a_rollout_ends_and_stays_within_what_is_signed)
{
	uint64_t n = from_env("PAWL_CHANCE", 400);
	uint64_t first = from_env("PAWL_CHANCE_SEED", 1);
	struct chance_sums s = {0};

	for (uint64_t seed = first; seed < first + n; seed++) {
		char *problem = chance_run(&s, seed);

		ck_assert_msg(problem == NULL, "%s", problem);
	}
	printf("%" PRId64 " rollouts: %" PRId64 " completed, %" PRId64
	       " halted everywhere, %" PRId64 " halts; %" PRId64
	       " questions, %" PRId64 " grants, %" PRId64
	       " activations; %" PRId64 " failures, %" PRId64
	       " silences, %" PRId64 " voids; %" PRId64
	       " turns on hold, %" PRId64 " restarts, %" PRId64
	       " pauses, %" PRId64 " clock jumps\n",
	       s.rollouts, s.completed, s.halted, s.halts, s.questions,
	       s.grants, s.activations, s.failures, s.silences, s.voids,
	       s.holds, s.restarts, s.pauses, s.jumps);
	/* It proves little where little happened. */
	ck_assert_int_gt(s.completed, s.rollouts / 4);
	ck_assert_int_gt(s.halted, s.rollouts / 50);
	ck_assert_int_gt(s.grants, s.rollouts);
	ck_assert_int_gt(s.silences, s.rollouts / 10);
	ck_assert_int_gt(s.holds, s.rollouts);
	ck_assert_int_gt(s.restarts, s.rollouts);
	ck_assert_int_gt(s.held, 0);
	ck_assert_int_gt(s.pauses, s.rollouts / 10);
	ck_assert_int_gt(s.jumps, s.rollouts / 20);
}
