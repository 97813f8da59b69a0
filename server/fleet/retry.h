/*
 * Once more for devices that failed: an operator lets those whose trial here
 * has failed or reverted by now be granted again, once, under the caps. That
 * is no new trial (rollout-rules.md, Trial): the failure stays in the sums,
 * and what the retry brings is in no gate. trust.md check 4 keeps a plan that
 * was confirmed on a device from being started there again; one that failed
 * may be.
 *
 * What an operator said holds for failures before it, so that each wave of
 * retries is asked for by somebody who saw the last. A new revision of the
 * plan forgets it.
 */
#ifndef SERVER_FLEET_RETRY_H
#define SERVER_FLEET_RETRY_H

#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* "*" spans. *devices: how many may be granted once more. Codes "wrong_state",
 * "unknown_scope", "cell_halted", "nothing_to_retry". */
MUST_USE int retry_ask(int64_t *devices, struct fleet *f, struct rollout *r,
                       const char *hw, const char *region,
                       const struct deed *deed, struct err *e);
/* A device's newest trial here: may it be granted once more? */
bool retry_may(const struct rollout *r, const struct trial *t);
/* The number of the retry that follows this trial, or takes its place when it
 * came to nothing. */
int retry_number(const struct trial *t);

/* At the start: what operators said. */
MUST_USE int retry_load(struct fleet *f, struct rollout *r, struct err *e);

#endif
