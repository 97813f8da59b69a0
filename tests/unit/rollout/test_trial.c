#include "config.h"

#include "lib/rollout/trial.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(only_rungs_before_confirmed_are_open)
{
	for (int s = TRIAL_GRANTED; s <= TRIAL_VOID; s++)
		ck_assert_int_eq(trial_is_open((enum trial_step)s),
		                 s <= TRIAL_BOOTED);
}

TEST(failed_and_reverted_are_failures_and_nothing_else)
{
	for (int s = TRIAL_GRANTED; s <= TRIAL_VOID; s++)
		ck_assert_int_eq(trial_is_failure((enum trial_step)s),
		                 s == TRIAL_FAILED || s == TRIAL_REVERTED);
}

/* Rows: from; columns: to, in the order of the enum; '+' moves. */
static const char *const ladder[] = {
	/* clang-format off */
	[TRIAL_GRANTED]    = ".++++++++++",
	[TRIAL_DOWNLOADED] = "..+++++++++",
	[TRIAL_VERIFIED]   = "...++++++++",
	[TRIAL_INSTALLED]  = "....+++++++",
	[TRIAL_ACTIVATED]  = ".....+++++.",
	[TRIAL_BOOTED]     = "......++++.",
	[TRIAL_CONFIRMED]  = ".......++..",
	[TRIAL_FAILED]     = "...........",
	[TRIAL_REVERTED]   = "...........",
	[TRIAL_SILENT]     = "...........",
	[TRIAL_VOID]       = "...........",
	/* clang-format on */
};

TEST(a_trial_moves_only_up_its_ladder)
{
	for (int from = TRIAL_GRANTED; from <= TRIAL_VOID; from++)
		for (int to = TRIAL_GRANTED; to <= TRIAL_VOID; to++)
			ck_assert_msg(trial_may_move((enum trial_step)from,
			                             (enum trial_step)to,
			                             false) ==
			                      (ladder[from][to] == '+'),
			              "%s to %s",
			              trial_step_name((enum trial_step)from),
			              trial_step_name((enum trial_step)to));
}

TEST(after_the_watch_a_confirmed_device_stays_confirmed)
{
	ck_assert(!trial_may_move(TRIAL_CONFIRMED, TRIAL_FAILED, true));
	ck_assert(!trial_may_move(TRIAL_CONFIRMED, TRIAL_REVERTED, true));
	ck_assert(trial_may_move(TRIAL_BOOTED, TRIAL_CONFIRMED, true));
	ck_assert(trial_may_move(TRIAL_BOOTED, TRIAL_FAILED, true));
}

TEST(outcomes_of_a_trial_agree_in_any_order)
{
	/* Every order of these three ends in the failure. */
	static const enum trial_step orders[6][3] = {
		{TRIAL_BOOTED, TRIAL_CONFIRMED, TRIAL_FAILED},
		{TRIAL_BOOTED, TRIAL_FAILED, TRIAL_CONFIRMED},
		{TRIAL_CONFIRMED, TRIAL_BOOTED, TRIAL_FAILED},
		{TRIAL_CONFIRMED, TRIAL_FAILED, TRIAL_BOOTED},
		{TRIAL_FAILED, TRIAL_BOOTED, TRIAL_CONFIRMED},
		{TRIAL_FAILED, TRIAL_CONFIRMED, TRIAL_BOOTED},
	};

	for (size_t i = 0; i < 6; i++) {
		enum trial_step at = TRIAL_GRANTED;

		for (size_t k = 0; k < 3; k++)
			if (trial_may_move(at, orders[i][k], false))
				at = orders[i][k];
		ck_assert_int_eq(at, TRIAL_FAILED);
	}
}
