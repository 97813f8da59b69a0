/*
 * One device is one trial (rollout-rules.md, Trial): its ladder, and how it
 * ends.
 */
#ifndef LIB_ROLLOUT_TRIAL_H
#define LIB_ROLLOUT_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

/* The ladder, only upwards, then the ends. Stored as these numbers. */
enum trial_step {
	TRIAL_GRANTED,
	TRIAL_DOWNLOADED,
	TRIAL_VERIFIED,
	TRIAL_INSTALLED,
	TRIAL_ACTIVATED, /* the activate grant was written */
	TRIAL_BOOTED,
	TRIAL_CONFIRMED,
	TRIAL_FAILED,
	TRIAL_REVERTED,
	TRIAL_SILENT,
	TRIAL_VOID,
};
const char *trial_step_name(enum trial_step s);
bool trial_is_open(enum trial_step s);    /* granted until an end */
bool trial_is_failure(enum trial_step s); /* failed or reverted */

/* Whether an outcome that arrives now moves a trial. An open trial moves up
 * or to an end; to void only before it activated. Confirmed moves to a
 * failure while the watch lasts. The other ends stay: good news after a
 * failure changes nothing, and what a silent device says later is stored by
 * the caller and shown, but it was judged by the silence bar. So whatever
 * order reports arrive in, a failure that was heard in time is kept. */
bool trial_may_move(enum trial_step from, enum trial_step to, bool watch_ended);

struct trial {
	int64_t device;  /* the caller's key */
	int64_t batch;   /* the caller's key of who vouches for it */
	int64_t attempt; /* 1 … 2^31 - 1, not ending in 0 */
	int cell;        /* frozen at enrolment */
	bool counted;    /* enrolled before the rollout began: in gates, caps */
	int retry;       /* 0: the trial; n: its n-th retry, never counted */
	enum trial_step step;
	int64_t granted_ms;
	int64_t step_ms;
	int64_t stood_still_ms; /* how long pauses stopped its deadline */
	int64_t poll_after_s;   /* told at its last check-in; 0: not yet */
};

/* How long a pause between these moments stops its deadline: while it is open,
 * granted and waits to activate (rollout-rules.md, Hold). */
int64_t trial_stands_still_ms(const struct trial *t, int64_t from_ms,
                              int64_t to_ms);

#endif
