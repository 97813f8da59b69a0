/*
 * Which time the signer may believe. A signature says how long it is good
 * for, so a clock that was set wrong (by accident, or by a thief) either lets
 * everything expire or signs a state that outlives its hour. The running
 * clock is the witness: within one run the wall clock must stand where the
 * last signing and the time since put it, to 5 minutes; at start it must not
 * stand before the last signing, nor more than 45 days after it.
 *
 * A machine that was suspended is a jump too: for that span only the clock
 * that is in doubt speaks.
 *
 * Pure but for reading the clock; owned by the scribe's thread.
 */
#ifndef SERVER_REPO_SIGNTIME_H
#define SERVER_REPO_SIGNTIME_H

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGNTIME_DRIFT_MAX_MS INT64_C(300000)        /* 5 minutes */
#define SIGNTIME_OFF_MAX_MS (INT64_C(45) * 86400000) /* 45 days */

enum signtime_doubt {
	SIGNTIME_FINE,
	SIGNTIME_AHEAD,      /* it jumped forward while we ran */
	SIGNTIME_BACK,       /* … or back */
	SIGNTIME_SUSPENDED,  /* the machine slept */
	SIGNTIME_BEFORE,     /* at start: before the last signing */
	SIGNTIME_LONG_AFTER, /* at start: 45 days after it */
};

struct signtime {
	/* True: the moment below is the journal's, of an earlier run, and was
	 * not believable when this one began. */
	bool from_journal;
	int64_t utc_ms, mono_ms, awake_ms; /* at the last believed moment */
};

/* last_signed_ms is the journal's; 0: nothing was ever signed. */
void signtime_start(struct signtime *t, int64_t last_signed_ms,
                    const struct clock *c);
/* The wall clock is right as it stands: something was signed by it, or an
 * operator says so. */
void signtime_set(struct signtime *t, const struct clock *c);

/* *off_ms (may be NULL): how far the wall clock is from where it should be,
 * or how long the machine slept. */
enum signtime_doubt signtime_doubt(const struct signtime *t,
                                   const struct clock *c, int64_t *off_ms);
/* 0, or ERR_CONFLICT, code "clock_jump": what happened and who must act. */
MUST_USE int signtime_check(const struct signtime *t, const struct clock *c,
                            struct err *e);
/* The wall clock, or while it is in doubt the running clock's opinion. */
int64_t signtime_now_ms(const struct signtime *t, const struct clock *c);

#endif
