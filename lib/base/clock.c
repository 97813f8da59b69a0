#include "config.h"

#include "lib/base/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec ts = {0};

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_utc(const struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_REALTIME);
}

static int64_t system_mono(const struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_BOOTTIME);
}

static int64_t system_awake(const struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_MONOTONIC);
}

const struct clock clock_system = {system_utc, system_mono, system_awake};

static int64_t manual_utc(const struct clock *c)
{
	return ((const struct clock_manual *)(const void *)c)->utc;
}

static int64_t manual_mono(const struct clock *c)
{
	return ((const struct clock_manual *)(const void *)c)->mono;
}

static int64_t manual_awake(const struct clock *c)
{
	return ((const struct clock_manual *)(const void *)c)->awake;
}

void clock_manual_init(struct clock_manual *m, int64_t utc_ms)
{
	m->clock = (struct clock){manual_utc, manual_mono, manual_awake};
	m->utc = utc_ms;
	m->mono = 0;
	m->awake = 0;
}

void clock_manual_advance(struct clock_manual *m, int64_t ms)
{
	m->utc += ms;
	m->mono += ms;
	m->awake += ms;
}

void clock_manual_jump(struct clock_manual *m, int64_t utc_ms)
{
	m->utc = utc_ms;
}

void clock_manual_sleep(struct clock_manual *m, int64_t ms)
{
	m->utc += ms;
	m->mono += ms;
}
