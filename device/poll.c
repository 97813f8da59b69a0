#include "config.h"

#include "device/poll.h"

int64_t poll_clamp(int64_t wanted_s, int64_t min_s)
{
	if (wanted_s > POLL_MAX_S)
		return POLL_MAX_S;
	return wanted_s < min_s ? min_s : wanted_s;
}

int64_t poll_backoff(int64_t failures, int64_t retry_after_s, int64_t min_s,
                     struct rng *rng)
{
	int64_t wait = min_s;

	for (int64_t i = 1; i < failures && wait < POLL_MAX_S; i++)
		wait *= 2;
	wait = poll_clamp(wait, min_s);
	/* Half of it is chance. */
	wait = wait / 2 + (int64_t)rng_below(rng, (uint64_t)(wait / 2) + 1);
	if (retry_after_s > wait)
		wait = retry_after_s;
	return poll_clamp(wait, min_s);
}
