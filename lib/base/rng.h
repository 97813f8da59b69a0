/*
 * Randomness comes through this door: the system's for keys, ids and tokens;
 * a seeded one for fleets and tests.
 */
#ifndef LIB_BASE_RNG_H
#define LIB_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	void (*fill)(struct rng *r, void *out, size_t n);
};

/* getrandom(2); any thread. Ends the process when the kernel has none. */
extern struct rng rng_system;

static inline void rng_fill(struct rng *r, void *out, size_t n)
{
	r->fill(r, out, n);
}

/* Uniform in [0, bound), bound > 0. */
uint64_t rng_below(struct rng *r, uint64_t bound);

/* splitmix64: the same seed, the same stream. Never for secrets. One owner. */
struct rng_seeded {
	struct rng rng;
	uint64_t state;
};

void rng_seeded_init(struct rng_seeded *s, uint64_t seed);

#endif
