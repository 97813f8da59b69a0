#include "config.h"

#include "server/fleet/scribe.h"

#include "lib/base/log.h"
#include "server/store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void scribe_init(struct scribe *s, struct store *store, void *ctx,
                 void (*idle)(void *ctx))
{
	memset(s, 0, sizeof(*s));
	lock_init(&s->lock, LOCK_RANK_QUEUE, "scribe queue");
	lock_cond_init(&s->wake);
	s->tail = &s->head;
	s->queue_max = SCRIBE_QUEUE_MAX;
	s->store = store;
	s->ctx = ctx;
	s->idle = idle;
}

void scribe_fini(struct scribe *s)
{
	assert(s->head == NULL && !s->running);
	(void)pthread_cond_destroy(&s->wake);
	lock_fini(&s->lock);
}

int scribe_add(struct scribe *s, struct job *j, struct err *e)
{
	bool full;

	j->next = NULL;
	lock_take(&s->lock);
	full = s->queued >= s->queue_max || s->stopping;
	if (!full) {
		*s->tail = j;
		s->tail = &j->next;
		s->queued++;
		(void)pthread_cond_signal(&s->wake);
	}
	lock_drop(&s->lock);
	return full ? err_code(e, ERR_BUSY, "queue_full",
	                       "%zu jobs wait before this one; try again in "
	                       "a moment",
	                       s->queue_max)
	            : 0;
}

/* ---- Batches ---- */

/* False when the job must wait for the end of this batch. */
static bool claim_device(struct scribe *s, struct job *j)
{
	const size_t slots = sizeof(s->in_batch) / sizeof(s->in_batch[0]);
	size_t at =
		(size_t)((uint64_t)j->device * UINT64_C(0x9e3779b97f4a7c15) >>
	                 32) %
		slots;

	j->before = NULL;
	if (j->device == 0)
		return true;
	while (s->in_batch[at].last != NULL &&
	       s->in_batch[at].device != j->device)
		at = (at + 1) % slots;
	if (s->in_batch[at].last != NULL) {
		if (!j->kind->chains || s->in_batch[at].last->kind != j->kind)
			return false;
		j->before = s->in_batch[at].last;
	}
	s->in_batch[at].device = j->device;
	s->in_batch[at].last = j;
	return true;
}

/* Takes from `from` the shared jobs that may go into one batch, in order: up
 * to the first job that must run alone, or one that must wait for another of
 * its device (what comes after it stays behind it). */
static struct job *take_batch(struct scribe *s, struct job **from)
{
	struct job *batch = NULL, **end = &batch;
	size_t n = 0;

	memset(s->in_batch, 0, sizeof(s->in_batch));
	while (*from != NULL && (*from)->kind->run == NULL &&
	       n < SCRIBE_BATCH_MAX && claim_device(s, *from)) {
		struct job *j = *from;

		*from = j->next;
		j->next = NULL;
		*end = j;
		end = &j->next;
		n++;
	}
	return batch;
}

static void undo(struct scribe *s, struct job *batch)
{
	for (struct job *j = batch; j != NULL; j = j->next)
		if (j->result == APPLY_WRITTEN && j->kind->undo != NULL)
			j->kind->undo(s->ctx, j);
}

enum batch_result {
	BATCH_LANDED,
	BATCH_FAILED, /* rolled back and undone; one of its jobs may be why */
	BATCH_NOT_BEGUN, /* the database takes nobody's */
};

/* *e says why not. */
static enum batch_result try_batch(struct scribe *s, struct job *batch,
                                   struct err *e)
{
	bool wrote = false;

	/* A refusal is an answer; what was not applied must not look like
	 * one, nor keep what an earlier try said. */
	for (struct job *j = batch; j != NULL; j = j->next) {
		j->result = APPLY_FAILED;
		j->err = (struct err){0};
	}
	if (store_begin(s->store, e) != 0)
		return BATCH_NOT_BEGUN;
	for (struct job *j = batch; j != NULL; j = j->next) {
		j->err = (struct err){0};
		j->result = j->kind->apply(s->ctx, j, &j->err);
		if (j->result == APPLY_FAILED) {
			*e = j->err;
			store_rollback(s->store);
			undo(s, batch);
			return BATCH_FAILED;
		}
		wrote = wrote || j->result == APPLY_WRITTEN;
	}
	if (!wrote) {
		store_rollback(s->store);
		return BATCH_LANDED;
	}
	if (store_commit(s->store, e) != 0) {
		store_rollback(s->store);
		undo(s, batch);
		return BATCH_FAILED;
	}
	return BATCH_LANDED;
}

static void finish(struct scribe *s, struct job *batch, const struct err *e)
{
	while (batch != NULL) {
		struct job *j = batch;

		batch = j->next;
		if (e == NULL && j->result == APPLY_REFUSED)
			j->kind->landed(s->ctx, j, &j->err);
		else
			j->kind->landed(s->ctx, j, e);
	}
}

static void run_batch(struct scribe *s, struct job *batch)
{
	struct err e = {0};
	enum batch_result result = try_batch(s, batch, &e);

	if (result == BATCH_LANDED) {
		finish(s, batch, NULL);
		return;
	}
	/* Trying each alone helps against one poisoned job, and against a
	 * database that is held by somebody it only multiplies the wait. */
	if (batch->next == NULL || result == BATCH_NOT_BEGUN) {
		log_warn("%s: not committed: %s", batch->kind->name, e.msg);
		finish(s, batch, &e);
		return;
	}
	while (batch != NULL) {
		struct job *one = batch;

		batch = one->next;
		one->next = one->before = NULL;
		run_batch(s, one);
	}
}

static void run_all(struct scribe *s, struct job *jobs)
{
	while (jobs != NULL) {
		struct job *j = jobs;

		if (j->kind->run != NULL) {
			jobs = j->next;
			j->next = NULL;
			j->kind->run(s->ctx, j);
		} else {
			run_batch(s, take_batch(s, &jobs));
		}
		/* A verdict must not wait for a long queue: what a commit
		 * changed is judged before the next one. */
		if (jobs != NULL)
			s->idle(s->ctx);
	}
}

static struct job *take_queue(struct scribe *s)
{
	struct job *jobs;

	lock_assert_held(&s->lock);
	jobs = s->head;
	s->head = NULL;
	s->tail = &s->head;
	s->queued = 0;
	return jobs;
}

void scribe_turn(struct scribe *s)
{
	struct job *jobs;

	lock_take(&s->lock);
	jobs = take_queue(s);
	lock_drop(&s->lock);
	run_all(s, jobs);
	s->idle(s->ctx);
}

static void *loop(void *arg)
{
	struct scribe *s = arg;
	bool stop = false;

	while (!stop) {
		struct job *jobs;

		lock_take(&s->lock);
		if (s->head == NULL && !s->stopping)
			lock_wait(&s->lock, &s->wake, 1000);
		jobs = take_queue(s);
		stop = s->stopping && jobs == NULL;
		lock_drop(&s->lock);
		run_all(s, jobs);
		s->idle(s->ctx);
	}
	return NULL;
}

int scribe_start(struct scribe *s, struct err *e)
{
	int errnum = pthread_create(&s->thread, NULL, loop, s);

	if (errnum != 0)
		return err_errno(e, errnum, "scribe thread");
	s->running = true;
	return 0;
}

void scribe_stop(struct scribe *s)
{
	lock_take(&s->lock);
	s->stopping = true;
	(void)pthread_cond_signal(&s->wake);
	lock_drop(&s->lock);
	if (s->running)
		(void)pthread_join(s->thread, NULL);
	else
		scribe_turn(s);
	s->running = false;
}
