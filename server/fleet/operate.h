/*
 * What operators do to rollouts. Starting needs a listed plan; going on after
 * a pause an operator; going on after a halt a new signed revision, and
 * nothing here can stand in for it. The scribe's thread alone.
 */
#ifndef SERVER_FLEET_OPERATE_H
#define SERVER_FLEET_OPERATE_H

#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* A new rollout at stage 0. *takes_over: devices that an unfinished rollout
 * of the product loses to this one. Codes "unknown_plan", "plan_expired",
 * "already_started", "recall_conflict". */
MUST_USE int operate_start(struct rollout **out, int64_t *takes_over,
                           struct fleet *f, const char *plan_path,
                           const struct deed *deed, struct err *e);
/* trust.md, State: no recall stands beside an install of a release in its
 * `from`, whatever the state of a rollout that devices are told of, unless it
 * is halted everywhere. Code "recall_conflict". */
MUST_USE int operate_check_beside(const struct fleet *f,
                                  const struct catalog_plan *plan,
                                  struct err *e);
/* Code "wrong_state" with the state found. */
MUST_USE int operate_pause(struct fleet *f, struct rollout *r,
                           const struct deed *deed, struct err *e);
MUST_USE int operate_resume(struct fleet *f, struct rollout *r,
                            const struct deed *deed, struct err *e);
/* By hand, to the next stage: skips the rest of the soak, and is what
 * `promote: hand` waits for. The stage begins once enough confirmed, also
 * after a restart. Codes "too_early" before the stage's date, "plan_expired",
 * "wrong_state". */
MUST_USE int operate_promote(struct fleet *f, struct rollout *r,
                             const struct deed *deed, struct err *e);
/* "*" spans. Never refused but for a scope the plan does not have. */
MUST_USE int operate_halt(struct fleet *f, struct rollout *r, const char *hw,
                          const char *region, const struct deed *deed,
                          struct err *e);

/* Inside a transaction: the row of a rollout that begins, with the halts it
 * takes over. After the commit: they are on the disk. */
MUST_USE int operate_write_new(struct fleet *f, struct rollout *r,
                               const char *actor, struct err *e);
void operate_written(struct rollout *r);

#endif
