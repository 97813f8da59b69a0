#include "config.h"

#include "server/devices/told.h"

/* trust.md check 7: devices clamp to a day anyway. */
#define POLL_MAX_S 86400

/* The same device is asked back at the same phase, spread over a tenth of
 * the interval, so that a fleet that woke together does not stay together. */
static int32_t spread(int32_t base, const struct device_rec *r)
{
	uint32_t phase = (uint32_t)r->id[0] << 8 | r->id[1];
	int64_t told = base + (int64_t)base * phase / 65536 / 10;

	return (int32_t)(told < POLL_MAX_S ? told : POLL_MAX_S);
}

int32_t told_idle(const struct fleet *f, const struct device_rec *r)
{
	return spread(f->config.poll_after_s, r);
}

int32_t told_open(const struct fleet *f, const struct device_rec *r)
{
	int32_t base = f->config.poll_after_s;

	return spread(base < ENGINE_POLL_OPEN_S ? base : ENGINE_POLL_OPEN_S, r);
}
