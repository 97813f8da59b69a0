/*
 * A device as its next check-in would find it decided about: check-ins, whose
 * scope it is in, and what is shown of it all ask with the same values.
 */
#ifndef SERVER_FLEET_CHECKIN_DEVICE_H
#define SERVER_FLEET_CHECKIN_DEVICE_H

#include "lib/rollout/offer.h"
#include "server/fleet/fleet.h"

/* What the server knows of a device, for offer_decide(). The strings live in
 * `space`. */
struct device_space {
	struct cohort cohort;
	struct image image;
	char id[33];
};
void checkin_device(struct offer_device *out, struct device_space *space,
                    struct fleet *f, const struct device_rec *r);

#endif
