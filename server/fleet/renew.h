/*
 * What the online keys signed never expires: it is signed anew at a third of
 * its life, a little earlier by chance so that servers that started together
 * do not sign together. Not while the wall clock is in doubt (signtime.h):
 * then an operator must set it right or confirm it.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_RENEW_H
#define SERVER_FLEET_RENEW_H

#include "server/fleet/sign.h"

/* A new jitter, for the interval that begins. */
void renew_draw(struct fleet *f);
/* Looks at the clock, and says in f->trouble what it saw. */
void renew_look_at_clock(struct fleet *f);
/* Once a second: signs what is due, and what a failure left unsigned. */
void renew_if_due(struct fleet *f);
/* An operator says that the clock is right as it stands: written to the audit
 * log, then signed by it. Not in doubt: ERR_CONFLICT, code "clock_fine". */
MUST_USE int renew_confirm_clock(struct fleet *f, const struct deed *deed,
                                 struct err *e);

#endif
