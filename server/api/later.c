#include "config.h"

#include "server/api/later.h"

#include "lib/base/mem.h"
#include "server/fleet/ask.h"

#include <stdlib.h>

struct later {
	struct ask ask; /* first */
	struct http_ticket *ticket;
	const struct request *q;
	unsigned status;
	later_fn *fn;
	void *params;
};

static int run(struct fleet *f, struct ask *a, struct buf *out, struct err *e)
{
	const struct later *l = a->ctx;

	return l->fn(f, l->q, l->params, out, e);
}

static void done(struct ask *a, struct buf *out, const struct err *e)
{
	struct later *l = a->ctx;
	struct reply r = {0};
	struct err full = {0};

	if (e == NULL && reply_json(&r, l->status, out, &full) != 0)
		e = &full;
	http_answer(l->ticket, e == NULL ? &r : NULL, e);
	free(l);
}

typedef int submit_fn(struct fleet *f, struct ask *a, struct err *e);

static int submit(submit_fn *to, struct deps *d, const struct request *q,
                  unsigned status, later_fn *fn, void *params, struct err *e)
{
	struct later *l = xcalloc(1, sizeof(*l));

	l->ask.run = run;
	l->ask.done = done;
	l->ask.ctx = l;
	l->q = q;
	l->status = status;
	l->fn = fn;
	l->params = params;
	l->ticket = request_park(q);
	if (to(d->fleet, &l->ask, e) != 0) {
		request_unpark(l->ticket);
		free(l);
		return -1;
	}
	return REPLY_LATER;
}

int later(struct deps *d, const struct request *q, unsigned status,
          later_fn *fn, void *params, struct err *e)
{
	return submit(ask_scribe, d, q, status, fn, params, e);
}

int later_on_disk(struct deps *d, const struct request *q, unsigned status,
                  later_fn *fn, void *params, struct err *e)
{
	return submit(ask_porter, d, q, status, fn, params, e);
}

int later_to_publish(struct deps *d, const struct request *q, unsigned status,
                     later_fn *fn, void *params, struct err *e)
{
	return submit(ask_publisher, d, q, status, fn, params, e);
}

struct deed later_deed(const struct request *q, const char *action,
                       const char *object, const char *reason)
{
	const struct who *who = q->who;

	return (struct deed){
		.actor = who->token_id,
		.action = action,
		.object = object,
		.reason = reason,
		.request_id = q->id,
	};
}

int later_commit(struct fleet *f, const struct deed *deed, later_write_fn *fn,
                 void *ctx, struct err *e)
{
	if (store_begin(f->store, e) != 0)
		return -1;
	if ((fn != NULL && fn(f, ctx, e) != 0) || sign_audit(f, deed, e) != 0 ||
	    store_commit(f->store, e) != 0) {
		store_rollback(f->store);
		fleet_note_failure(f, e);
		return -1;
	}
	fleet_note_success(f);
	return 0;
}
