/*
 * Time comes through this door and no other, so that a whole fleet can live
 * under a clock a test turns by hand.
 */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdint.h>

struct clock {
	/* Milliseconds since 1970-01-01T00:00:00Z; may jump either way. */
	int64_t (*utc_ms)(const struct clock *c);
	/* Milliseconds since some fixed moment; never goes back, counts
	 * suspended time where the system can tell. */
	int64_t (*mono_ms)(const struct clock *c);
	/* The same, and stands still while the machine is suspended: nobody
	 * but the wall clock's own keeper says how long that was. */
	int64_t (*awake_ms)(const struct clock *c);
};

/* The machine's own clock; any thread. */
extern const struct clock clock_system;

static inline int64_t clock_utc_ms(const struct clock *c)
{
	return c->utc_ms(c);
}

static inline int64_t clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c);
}

static inline int64_t clock_awake_ms(const struct clock *c)
{
	return c->awake_ms(c);
}

/* A clock that stands still until told. Pass &m->clock; readable from any
 * thread, turned by one. */
struct clock_manual {
	struct clock clock;
	_Atomic int64_t utc;
	_Atomic int64_t mono;
	_Atomic int64_t awake;
};

void clock_manual_init(struct clock_manual *m, int64_t utc_ms);
/* All advance. */
void clock_manual_advance(struct clock_manual *m, int64_t ms);
/* The wall clock jumps, the running clock does not. */
void clock_manual_jump(struct clock_manual *m, int64_t utc_ms);
/* The machine is suspended so long. */
void clock_manual_sleep(struct clock_manual *m, int64_t ms);

#endif
