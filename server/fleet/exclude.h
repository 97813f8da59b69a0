/*
 * Devices that an operator leaves out of a rollout: its rule lists them in
 * `exclude` (trust.md, State), 64 in all rules of a state file, so that the
 * devices themselves refuse. They stay out in later revisions of the plan,
 * also when it is withdrawn and started anew, until he lets them in again.
 */
#ifndef SERVER_FLEET_EXCLUDE_H
#define SERVER_FLEET_EXCLUDE_H

#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* id is 32 hex digits. An open attempt that has not activated is void. Codes
 * "wrong_state", "already_excluded", "too_many_excluded", "outside_scope";
 * ERR_NOT_FOUND. */
MUST_USE int exclude_device(struct fleet *f, struct rollout *r, const char *id,
                            const struct deed *deed, struct err *e);
/* Code "not_excluded". */
MUST_USE int exclude_end(struct fleet *f, struct rollout *r, const char *id,
                         const struct deed *deed, struct err *e);

/* Fills what r leaves out from the database, for a rollout that begins or is
 * loaded. Code "too_many_excluded" when its product's rollouts leave out more
 * than a state file holds. */
MUST_USE int exclude_load(struct fleet *f, struct rollout *r, struct err *e);

#endif
