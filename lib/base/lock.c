#include "config.h"

#include "lib/base/lock.h"

#include "lib/base/log.h"

#include <stdlib.h>
#include <time.h>

/* Bit r is set while this thread holds a lock of rank r. */
static _Thread_local unsigned held_ranks;

static unsigned long self(void)
{
	return (unsigned long)pthread_self();
}

static void die(const struct lock *l, const char *why)
{
	log_error("lock %s: %s", l->name, why);
	abort();
}

void lock_init(struct lock *l, enum lock_rank rank, const char *name)
{
	if (pthread_mutex_init(&l->mutex, NULL) != 0)
		abort();
	l->name = name;
	l->rank = rank;
	l->owner = 0;
}

void lock_fini(struct lock *l)
{
	(void)pthread_mutex_destroy(&l->mutex);
}

void lock_take(struct lock *l)
{
	if (held_ranks >> l->rank != 0)
		die(l, "taken below a lock of its own or a higher rank");
	(void)pthread_mutex_lock(&l->mutex);
	l->owner = self();
	held_ranks |= 1u << l->rank;
}

void lock_drop(struct lock *l)
{
	lock_assert_held(l);
	l->owner = 0;
	held_ranks &= ~(1u << l->rank);
	(void)pthread_mutex_unlock(&l->mutex);
}

void lock_assert_held(const struct lock *l)
{
	if (l->owner != self())
		die(l, "not held by this thread");
}

void lock_wait(struct lock *l, pthread_cond_t *c, long timeout_ms)
{
	struct timespec until;

	lock_assert_held(l);
	l->owner = 0;
	if (timeout_ms < 0) {
		(void)pthread_cond_wait(c, &l->mutex);
	} else {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += timeout_ms / 1000;
		until.tv_nsec += timeout_ms % 1000 * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(c, &l->mutex, &until);
	}
	l->owner = self();
}

void lock_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (pthread_cond_init(c, &attr) != 0)
		abort();
	(void)pthread_condattr_destroy(&attr);
}
