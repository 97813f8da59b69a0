#include "config.h"

#include "tests/fleet/profile.h"

#include "lib/base/hex.h"
#include "lib/base/rng.h"

/* Far enough apart that neighbours' streams have nothing in common. */
#define SEED_STRIDE UINT64_C(0x9e3779b97f4a7c15)

void profile_make(struct profile *out, const struct options *o, size_t number)
{
	size_t cell = number / o->channels.n;
	struct rng_seeded r;
	uint8_t id[16];

	rng_seeded_init(&r, ((uint64_t)o->seed << 20) ^ (number + 1));
	rng_fill(&r.rng, id, sizeof(id));
	hex_encode(out->id, id, sizeof(id));
	/* Channels first, then regions, then hardware: every cell and both
	 * channels of it have the same number of devices, or one more. */
	out->channel = o->channels.w[number % o->channels.n];
	out->region = o->regions.w[cell % o->regions.n];
	out->hw = o->hw.w[cell / o->regions.n % o->hw.n];
	out->is_killed = rng_below(&r.rng, 100) < (uint64_t)o->killed_pct;
	out->has_low_battery =
		rng_below(&r.rng, 100) < (uint64_t)o->low_battery_pct;
	out->fault = rng_below(&r.rng, 2) == 0 ? FAULT_BOOT : FAULT_HEALTH;
	out->seed = r.state ^ SEED_STRIDE;
}
