/*
 * Two rollouts that want one device: the first rule whose scope contains it
 * decides (trust.md, Choice), recalls first, then the newest. How many devices
 * a rollout takes from the unfinished ones below it is counted when it begins
 * and after a restart.
 */
#ifndef SERVER_FLEET_PRECEDE_H
#define SERVER_FLEET_PRECEDE_H

#include "server/fleet/fleet.h"

/* r against every older one; the pairs are kept with whichever stands above.
 * Devices that r takes from some of them, each once. */
int64_t precede_count(struct fleet *f, struct rollout *r);

/* Running or paused. */
bool precede_is_unfinished(const struct rollout *r);

/* Is this plan a recall of what the other installs? */
bool precede_recalls(const struct plan *recall, const struct catalog_plan *p);
/* The newest rollout begun after r that recalls its release; NULL: none. */
const struct rollout *precede_recall_of(const struct fleet *f,
                                        const struct rollout *r);

#endif
