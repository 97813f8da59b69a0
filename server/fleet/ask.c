#include "config.h"

#include "server/fleet/ask.h"

static void run(void *ctx, struct job *job)
{
	struct ask *a = (struct ask *)job;
	SCOPED(buf_fini)
	struct buf out = BUF_INIT(ASK_ANSWER_MAX);
	struct err e = {0};

	if (a->run(ctx, a, &out, &e) != 0)
		a->done(a, &out, &e);
	else
		a->done(a, &out, NULL);
}

static const struct job_kind ask_kind = {.name = "ask", .run = run};

static int add(struct scribe *s, struct ask *a, struct err *e)
{
	a->job.kind = &ask_kind;
	a->job.device = 0;
	return scribe_add(s, &a->job, e);
}

int ask_scribe(struct fleet *f, struct ask *a, struct err *e)
{
	return add(&f->scribe, a, e);
}

int ask_porter(struct fleet *f, struct ask *a, struct err *e)
{
	return add(&f->porter, a, e);
}

int ask_publisher(struct fleet *f, struct ask *a, struct err *e)
{
	return add(&f->publisher, a, e);
}
