/*
 * The engine's verdicts carried out, and the housekeeping of a quiet moment:
 * halts, promotions, completion, silence; last-seen times to disk; the
 * checkpoint.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_JUDGE_H
#define SERVER_FLEET_JUDGE_H

#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* Between batches, and at least once a second. */
void judge_idle(void *fleet);

/* Stops a scope: denies grants, journals, signs, swaps, then commits. The
 * same path for the engine and for people. "*" spans. What is halted already
 * stays as it is; that somebody said so again is in the audit log. */
void judge_halt(struct fleet *f, struct rollout *r, const char *hw,
                const char *region, const struct evidence *why,
                const struct deed *deed);

/* Inside a transaction: a halt's row alone, which may be there already. */
MUST_USE int judge_write_halt(struct fleet *f, const struct rollout *r,
                              const struct rollout_halt *h, struct err *e);

/* Writes last-seen times now: for an orderly stop. */
void judge_flush(struct fleet *f);

#endif
