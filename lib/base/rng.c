#include "config.h"

#include "lib/base/rng.h"

#include "lib/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void system_fill(struct rng *r, void *out, size_t n)
{
	unsigned char *p = out;

	(void)r;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			log_error("the kernel gives no random bytes");
			abort();
		}
		p += got;
		n -= (size_t)got;
	}
}

struct rng rng_system = {system_fill};

uint64_t rng_below(struct rng *r, uint64_t bound)
{
	/* Values under 2^64 mod bound would make low results likelier. */
	uint64_t skip = (UINT64_MAX - bound + 1) % bound;
	uint64_t v;

	do
		rng_fill(r, &v, sizeof(v));
	while (v < skip);
	return v % bound;
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void seeded_fill(struct rng *r, void *out, size_t n)
{
	struct rng_seeded *s = (struct rng_seeded *)(void *)r;
	unsigned char *p = out;

	while (n > 0) {
		uint64_t v = splitmix64(&s->state);
		size_t take = n < sizeof(v) ? n : sizeof(v);

		memcpy(p, &v, take);
		p += take;
		n -= take;
	}
}

void rng_seeded_init(struct rng_seeded *s, uint64_t seed)
{
	s->rng.fill = seeded_fill;
	s->state = seed;
}
