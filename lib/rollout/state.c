#include "config.h"

#include "lib/rollout/state.h"

#include "lib/base/mem.h"

static const char *const state_names[] = {
	/* clang-format off */
	[ROLLOUT_RUNNING]    = "running",
	[ROLLOUT_PAUSED]     = "paused",
	[ROLLOUT_HALTED]     = "halted",
	[ROLLOUT_COMPLETED]  = "completed",
	[ROLLOUT_SUPERSEDED] = "superseded",
	/* clang-format on */
};

/* What is not listed is not allowed. A halt beats everything, also a rollout
 * that was thought complete; nothing leaves it but a newer revision. */
static const struct {
	enum rollout_state from;
	enum rollout_event event;
	enum rollout_state to;
} moves[] = {
	{ROLLOUT_RUNNING, ROLLOUT_EV_PAUSE, ROLLOUT_PAUSED},
	{ROLLOUT_RUNNING, ROLLOUT_EV_HALT_ALL, ROLLOUT_HALTED},
	{ROLLOUT_RUNNING, ROLLOUT_EV_COMPLETE, ROLLOUT_COMPLETED},
	{ROLLOUT_RUNNING, ROLLOUT_EV_SUPERSEDE, ROLLOUT_SUPERSEDED},
	{ROLLOUT_PAUSED, ROLLOUT_EV_RESUME, ROLLOUT_RUNNING},
	{ROLLOUT_PAUSED, ROLLOUT_EV_HALT_ALL, ROLLOUT_HALTED},
	{ROLLOUT_PAUSED, ROLLOUT_EV_SUPERSEDE, ROLLOUT_SUPERSEDED},
	{ROLLOUT_HALTED, ROLLOUT_EV_SUPERSEDE, ROLLOUT_SUPERSEDED},
	{ROLLOUT_COMPLETED, ROLLOUT_EV_HALT_ALL, ROLLOUT_HALTED},
	{ROLLOUT_COMPLETED, ROLLOUT_EV_SUPERSEDE, ROLLOUT_SUPERSEDED},
};

const char *rollout_state_name(enum rollout_state s)
{
	return state_names[s];
}

int rollout_next(enum rollout_state s, enum rollout_event ev)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (moves[i].from == s && moves[i].event == ev)
			return (int)moves[i].to;
	return -1;
}
