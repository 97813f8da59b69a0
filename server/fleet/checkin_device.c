#include "config.h"

#include "server/fleet/checkin_device.h"

#include "lib/base/hex.h"

void checkin_device(struct offer_device *out, struct device_space *space,
                    struct fleet *f, const struct device_rec *r)
{
	space->cohort = index_cohort_of(&f->index, r->cohort);
	space->image = index_image_of(&f->index, r->image);
	hex_encode(space->id, r->id, sizeof(r->id));
	*out = (struct offer_device){
		.product = space->cohort.product,
		.hw = space->cohort.hw,
		.region = space->cohort.region,
		.channel = space->cohort.channel,
		.id = space->id,
		.has_clock = true,
		.running_sha256 = space->image.sha256,
		.running_version = space->image.version,
		.counter = r->counter,
		.now_s = fleet_now_s(f),
		.known = false,
	};
}
