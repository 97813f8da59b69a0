#include "config.h"

#include "server/publish/errand.h"

#include "lib/base/lock.h"

struct errand {
	struct job job; /* first */
	errand_fn *fn;
	void *ctx;
	int result;
	struct err err;
	struct lock lock;
	pthread_cond_t wake;
	bool is_done;
};

static void run(void *fleet, struct job *job)
{
	struct errand *r = (struct errand *)job;

	r->result = r->fn(fleet, r->ctx, &r->err);
	lock_take(&r->lock);
	r->is_done = true;
	(void)pthread_cond_signal(&r->wake);
	/* Whoever waits owns the memory from here on. */
	lock_drop(&r->lock);
}

static const struct job_kind errand_kind = {.name = "errand", .run = run};

static void wait_for(struct errand *r)
{
	lock_take(&r->lock);
	while (!r->is_done)
		lock_wait(&r->lock, &r->wake, -1);
	lock_drop(&r->lock);
}

int errand_run(struct fleet *f, errand_fn *fn, void *ctx, struct err *e)
{
	struct errand r = {
		.job.kind = &errand_kind, .fn = fn, .ctx = ctx, .result = -1};

	if (!f->scribe.running)
		return fn(f, ctx, e);
	lock_init(&r.lock, LOCK_RANK_LEAF, "errand");
	lock_cond_init(&r.wake);
	if (scribe_add(&f->scribe, &r.job, &r.err) == 0)
		wait_for(&r);
	(void)pthread_cond_destroy(&r.wake);
	lock_fini(&r.lock);
	if (r.result != 0 && e != NULL)
		*e = r.err;
	return r.result;
}
