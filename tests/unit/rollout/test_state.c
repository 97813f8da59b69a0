#include "config.h"

#include "lib/rollout/state.h"
#include "tests/support/runner.h"

#define NONE (-1)

/* Rows: state; columns: pause, resume, halt_all, complete, supersede. */
static const int next[5][5] = {
	/* clang-format off */
	[ROLLOUT_RUNNING]    = {ROLLOUT_PAUSED, NONE, ROLLOUT_HALTED, ROLLOUT_COMPLETED, ROLLOUT_SUPERSEDED},
	[ROLLOUT_PAUSED]     = {NONE, ROLLOUT_RUNNING, ROLLOUT_HALTED, NONE, ROLLOUT_SUPERSEDED},
	[ROLLOUT_HALTED]     = {NONE, NONE, NONE, NONE, ROLLOUT_SUPERSEDED},
	[ROLLOUT_COMPLETED]  = {NONE, NONE, ROLLOUT_HALTED, NONE, ROLLOUT_SUPERSEDED},
	[ROLLOUT_SUPERSEDED] = {NONE, NONE, NONE, NONE, NONE},
	/* clang-format on */
};

TEST(the_states_of_a_rollout_are_a_table)
{
	for (int s = ROLLOUT_RUNNING; s <= ROLLOUT_SUPERSEDED; s++)
		for (int ev = ROLLOUT_EV_PAUSE; ev <= ROLLOUT_EV_SUPERSEDE;
		     ev++)
			ck_assert_msg(rollout_next((enum rollout_state)s,
			                           (enum rollout_event)ev) ==
			                      next[s][ev],
			              "%s on event %d",
			              rollout_state_name((enum rollout_state)s),
			              ev);
}

TEST(nothing_but_a_newer_revision_leaves_a_halt)
{
	for (int ev = ROLLOUT_EV_PAUSE; ev < ROLLOUT_EV_SUPERSEDE; ev++)
		ck_assert_int_eq(
			rollout_next(ROLLOUT_HALTED, (enum rollout_event)ev),
			-1);
}

TEST(a_halt_is_allowed_wherever_devices_may_still_act)
{
	ck_assert_int_eq(rollout_next(ROLLOUT_RUNNING, ROLLOUT_EV_HALT_ALL),
	                 ROLLOUT_HALTED);
	ck_assert_int_eq(rollout_next(ROLLOUT_PAUSED, ROLLOUT_EV_HALT_ALL),
	                 ROLLOUT_HALTED);
	ck_assert_int_eq(rollout_next(ROLLOUT_COMPLETED, ROLLOUT_EV_HALT_ALL),
	                 ROLLOUT_HALTED);
}
