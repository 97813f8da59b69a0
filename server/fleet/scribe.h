/*
 * The one thread that writes. Others hand it jobs and go on; it commits
 * whatever queued while the last commit ran (no timer: waiting first was
 * measured to halve the throughput), then answers all of them. Acknowledged
 * therefore means durable, and a commit is shared by many.
 *
 * Two kinds of jobs:
 *
 *   shared  apply() writes rows inside the common transaction; landed() runs
 *           after the commit and changes memory and answers. So apply() sees
 *           memory as the last commit left it, and of one device there is
 *           one job in a batch; or several, if their kind chains: each is
 *           then told which one it follows. When a commit fails the batch is
 *           rolled back, undone, and each job is tried once alone: one
 *           poisoned row cannot sink its neighbours.
 *   alone   run() has the thread to itself, between batches: operators'
 *           actions, publishing, reading what only this thread may read.
 *
 * Two more, the porter and the publisher, have no store and only jobs alone:
 * they carry uploads to the disk and verify what is to be published, which
 * takes long and must hold up nobody.
 *
 * Between batches, and at least once a second, idle() runs: the engine's
 * verdicts, re-signing, flushing, the checkpoint.
 */
#ifndef SERVER_FLEET_SCRIBE_H
#define SERVER_FLEET_SCRIBE_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/base/lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct scribe;
struct job;

enum apply_result {
	APPLY_WRITTEN, /* rows were written */
	APPLY_REFUSED, /* *e says why; nothing was written */
	APPLY_FAILED,  /* the database refused; the batch is rolled back */
};

/* What a job is; const tables beside the code of each. */
struct job_kind {
	const char *name;
	/* Shared jobs. */
	enum apply_result (*apply)(void *ctx, struct job *j, struct err *e);
	void (*undo)(void *ctx, struct job *j); /* may be NULL */
	/* e is NULL after the commit, else why not. Frees the job. */
	void (*landed)(void *ctx, struct job *j, const struct err *e);
	/* Several of one device may share a batch: apply() goes on from what
	 * job->before is going to leave behind. */
	bool chains;
	/* Jobs alone: does all, answers, frees. */
	void (*run)(void *ctx, struct job *j);
};

/* Embedded at the front of each kind's own struct. */
struct job {
	struct job *next;
	const struct job_kind *kind;
	int64_t device; /* whose it is; 0: nobody's */
	/* During apply(): the one before it in this batch, of the same device
	 * and kind; applied, not committed. NULL: none. */
	struct job *before;
	enum apply_result result;
	struct err err;
};

#define SCRIBE_QUEUE_MAX 65536
#define SCRIBE_BATCH_MAX 512

struct scribe {
	struct lock lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct job *head, **tail;
	size_t queued, queue_max; /* SCRIBE_QUEUE_MAX; fewer before the start */
	bool stopping, running;
	struct store *store;
	void *ctx; /* passed to jobs and idle */
	void (*idle)(void *ctx);
	/* Devices in the present batch and the last job of each: a small
	 * open-addressing table. */
	struct {
		int64_t device;
		struct job *last;
	} in_batch[2 * SCRIBE_BATCH_MAX];
};

void scribe_init(struct scribe *s, struct store *store, void *ctx,
                 void (*idle)(void *ctx));
void scribe_fini(struct scribe *s);
MUST_USE int scribe_start(struct scribe *s, struct err *e);
/* Runs what is queued, then ends the thread. Jobs added later are refused. */
void scribe_stop(struct scribe *s);

/* Any thread. ERR_BUSY, code "queue_full", when the queue is full or the
 * server stops; the job is then still the caller's. */
MUST_USE int scribe_add(struct scribe *s, struct job *j, struct err *e);
/* One turn of the loop without the thread: for tests. */
void scribe_turn(struct scribe *s);

#endif
