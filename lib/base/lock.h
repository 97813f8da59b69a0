/*
 * A mutex that knows its owner and its place in the order of locks: taking
 * one of a lower or equal rank than one already held ends the process, so a
 * deadlock is found by the first test that could have caused it.
 */
#ifndef LIB_BASE_LOCK_H
#define LIB_BASE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>

/* Taken upwards only, never two of one rank. */
enum lock_rank {
	LOCK_RANK_VIEW = 1,
	LOCK_RANK_FLEET,
	LOCK_RANK_QUEUE,
	LOCK_RANK_READER,
	LOCK_RANK_LEAF, /* nothing of ours is called while it is held */
	LOCK_RANK_LOG,
	LOCK_RANK_MAX
};

struct lock {
	pthread_mutex_t mutex;
	const char *name;
	enum lock_rank rank;
	_Atomic unsigned long owner; /* 0: free */
};

void lock_init(struct lock *l, enum lock_rank rank, const char *name);
void lock_fini(struct lock *l);
void lock_take(struct lock *l);
void lock_drop(struct lock *l);
/* Ends the process when the calling thread does not hold it. */
void lock_assert_held(const struct lock *l);
/* Waits for the condition with the lock held; spurious wake-ups happen.
 * timeout_ms < 0 waits for ever. */
void lock_wait(struct lock *l, pthread_cond_t *c, long timeout_ms);
/* A condition whose timeout runs on the monotonic clock. */
void lock_cond_init(pthread_cond_t *c);

#endif
