#include "config.h"

#include "lib/sim/habit.h"

#define SECOND_MS INT64_C(1000)

static int64_t below(struct rng *rng, int64_t bound)
{
	return (int64_t)rng_below(rng, (uint64_t)bound);
}

/* On so long in the mean that the share of off is what it shall be. */
static int64_t mean_ms(const struct fleet_cell *c, bool off)
{
	int64_t off_ms = c->off_s * SECOND_MS;

	return off ? off_ms : off_ms * (PPM - c->off_ppm) / c->off_ppm + 1;
}

static int64_t own_poll_ms(const struct fleet_cell *c, struct rng *rng)
{
	int64_t poll_ms = c->poll_s * SECOND_MS;
	int64_t half = poll_ms * c->poll_spread_ppm / PPM;

	return half == 0 ? poll_ms : poll_ms - half + below(rng, 2 * half + 1);
}

static int64_t length_ms(const struct fleet_cell *c, bool off, struct rng *rng)
{
	return below(rng, 2 * mean_ms(c, off) + 1);
}

/* What is left of what a moment finds under way: the lesser of two such
 * lengths, so that every moment finds the same. */
static int64_t rest_ms(const struct fleet_cell *c, bool off, struct rng *rng)
{
	int64_t a = length_ms(c, off, rng), b = length_ms(c, off, rng);

	return a < b ? a : b;
}

void habit_init(struct habit *h, const struct fleet_cell *c, int64_t began_ms,
                struct rng *rng)
{
	*h = (struct habit){.turn_ms = INT64_MAX};
	h->poll_ms = own_poll_ms(c, rng);
	h->phase_ms = below(rng, h->poll_ms);
	if (c->off_ppm == 0)
		return;
	h->off = below(rng, PPM) < c->off_ppm;
	h->turn_ms = began_ms + rest_ms(c, h->off, rng);
}

int64_t habit_poll(const struct habit *h, int64_t began_ms, int64_t now_ms)
{
	int64_t at = began_ms + h->phase_ms;

	if (at < now_ms)
		at += (now_ms - at + h->poll_ms - 1) / h->poll_ms * h->poll_ms;
	return at;
}

int64_t habit_awake(struct habit *h, const struct fleet_cell *c, int64_t now_ms,
                    struct rng *rng)
{
	int64_t at = now_ms;

	while (h->turn_ms <= now_ms || h->off) {
		if (h->off && h->turn_ms > at)
			at = h->turn_ms;
		h->off = !h->off;
		h->turn_ms += 1 + length_ms(c, h->off, rng);
	}
	return at;
}
