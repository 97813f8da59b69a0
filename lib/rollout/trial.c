#include "config.h"

#include "lib/rollout/trial.h"

static const char *const names[] = {
	/* clang-format off */
	[TRIAL_GRANTED]    = "granted",
	[TRIAL_DOWNLOADED] = "downloaded",
	[TRIAL_VERIFIED]   = "verified",
	[TRIAL_INSTALLED]  = "installed",
	[TRIAL_ACTIVATED]  = "activated",
	[TRIAL_BOOTED]     = "booted",
	[TRIAL_CONFIRMED]  = "confirmed",
	[TRIAL_FAILED]     = "failed",
	[TRIAL_REVERTED]   = "reverted",
	[TRIAL_SILENT]     = "silent",
	[TRIAL_VOID]       = "void",
	/* clang-format on */
};

const char *trial_step_name(enum trial_step s)
{
	return names[s];
}

bool trial_is_open(enum trial_step s)
{
	return s < TRIAL_CONFIRMED;
}

bool trial_is_failure(enum trial_step s)
{
	return s == TRIAL_FAILED || s == TRIAL_REVERTED;
}

bool trial_may_move(enum trial_step from, enum trial_step to, bool watch_ended)
{
	if (from == TRIAL_CONFIRMED)
		return trial_is_failure(to) && !watch_ended;
	if (!trial_is_open(from) || to <= from)
		return false;
	return to != TRIAL_VOID || from < TRIAL_ACTIVATED;
}

int64_t trial_stands_still_ms(const struct trial *t, int64_t from_ms,
                              int64_t to_ms)
{
	int64_t from = from_ms > t->granted_ms ? from_ms : t->granted_ms;

	return t->step < TRIAL_ACTIVATED && to_ms > from ? to_ms - from : 0;
}
