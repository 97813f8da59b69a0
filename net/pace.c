#include "config.h"

#include "net/pace.h"

/* A single byte counts: at a thousand in a second it is worth a thousandth. */
#define US_PER_MS 1000
#define US_PER_S 1000000

void net_pace_begin(struct net_pace *p, int64_t now_ms, long bytes_per_s,
                    long patience_s)
{
	p->bytes_per_s = bytes_per_s;
	p->patience_us = (int64_t)patience_s * US_PER_S;
	p->until_us = now_ms * US_PER_MS + p->patience_us;
}

void net_pace_got(struct net_pace *p, int64_t now_ms, size_t n)
{
	int64_t most = now_ms * US_PER_MS + p->patience_us;

	p->until_us += (int64_t)n * US_PER_S / p->bytes_per_s;
	if (p->until_us > most)
		p->until_us = most;
}

int64_t net_pace_until_ms(const struct net_pace *p)
{
	return p->until_us / US_PER_MS;
}
