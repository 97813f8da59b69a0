/*
 * What the signed files say to one device: the state of its channel, and
 * behind each rule the plan and the release, verified and cross-checked
 * (trust.md checks 1, 2 and 9). Read with lib/rollout/offer.h.
 */
#ifndef DEVICE_WORLD_H
#define DEVICE_WORLD_H

#include "device/origin.h"
#include "device/provision.h"
#include "lib/rollout/offer.h"
#include "lib/tuf/trust.h"

#include <stdbool.h>

struct world {
	int64_t root_version, timestamp_version;
	struct state_doc state;
	bool has_state;
	/* Why there is no state though one is listed: a refusal by a check,
	 * code and all. ERR_NONE when there simply is none. */
	struct err problem;
	/* By rule of the state; NULL where it did not verify, then problems[]
	 * says why. */
	struct plan *plans[STATE_RULES_MAX];
	struct fw *releases[STATE_RULES_MAX];
	struct err problems[STATE_RULES_MAX];
	struct offer_rule rules[STATE_RULES_MAX];
	/* The same as offer_decide() takes it; points into this. */
	struct offer_world offer;
	/* Roles that vouched for a release and are bins. */
	char bins[STATE_RULES_MAX][TUF_ROLE_MAX];
	size_t n_bins;
};

/* t is refreshed, and the three roles of the product are loaded. What does
 * not verify becomes a problem of its rule, which then ends the search; -1
 * only where nothing can be said (the network, the disk). */
struct world *world_load(struct trust *t, struct origin *o,
                         const struct provision *p, struct err *e);
void world_free(struct world *w);
DEFINE_SCOPED(world_free, struct world *)

#endif
