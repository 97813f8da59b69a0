/*
 * Simulated days of one server under a virtual clock: the real journal, store
 * and signer, killed and started again, with a wall clock that is set wrong,
 * set right, and confirmed some minutes later, and with starts that find no
 * online key; and beside it a plain TUF
 * client with a clock of its own that is right, refreshing all the time. A
 * refresh that does not work is a gap.
 *
 * Seeded: the same seed, the same days.
 */
#ifndef TESTS_SUPPORT_DAYS_H
#define TESTS_SUPPORT_DAYS_H

#include "tests/support/server_fixture.h"

struct days_plan {
	uint64_t seed;
	int days;
	int step_min; /* between two refreshes */
};

struct days {
	int refreshes, keyless, crashes, restarts, jumps, confirmations,
		changes;
	int versions;         /* of the timestamp, seen by the client */
	int64_t least_left_s; /* of any online role, at any refresh */
};

/* Runs them; a gap, or two contents of one version, ends the test with what
 * happened, when, and the seed. */
void days_run(struct days *out, const struct days_plan *plan);

#endif
