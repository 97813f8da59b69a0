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
/* Code "wrong_state" with the state found. */
MUST_USE int operate_pause(struct fleet *f, struct rollout *r,
                           const struct deed *deed, struct err *e);
MUST_USE int operate_resume(struct fleet *f, struct rollout *r,
                            const struct deed *deed, struct err *e);
/* By hand, to the next stage: only where the plan says `promote: hand`, its
 * soak is over and its date has come. */
MUST_USE int operate_promote(struct fleet *f, struct rollout *r,
                             const struct deed *deed, struct err *e);
/* "*" spans. Never refused but for a scope the plan does not have. */
MUST_USE int operate_halt(struct fleet *f, struct rollout *r, const char *hw,
                          const char *region, const struct deed *deed,
                          struct err *e);

/* Each batch's share of the plan's devices seen in the last 7 days: at the
 * start of a rollout, and of the server. */
void operate_count_shares(struct fleet *f, struct rollout *r);

/* After a publish: rollouts whose plan is gone end, those with a newer
 * revision go on in it, on hold. Called by publish.c before signing; the rows
 * are written by operate_write_revisions() in its transaction. */
struct revision {
	struct rollout *old;
	const struct catalog_plan *plan; /* NULL: it ends */
	struct rollout *new;             /* made when it goes on */
	enum rollout_state old_state;
};
struct revisions {
	struct revision *items;
	size_t len, cap;
};
void operate_revise(struct revisions *out, struct fleet *f, struct set *set);
MUST_USE int operate_write_revisions(struct fleet *f, struct revisions *v,
                                     const struct deed *deed, struct err *e);
/* When the publish did not happen. */
void operate_unrevise(struct revisions *v, struct fleet *f);

#endif
