#include "config.h"

#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/api/rollout_order.h"
#include "server/fleet/exclude.h"
#include "server/fleet/retry.h"
#include "server/show/show.h"

static int run_retry(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const struct rollout_order *o = params;
	struct rollout *r = rollout_order_find(f, o, e);
	struct deed deed;
	int64_t devices;

	if (r == NULL)
		return -1;
	deed = later_deed(q, "rollout.retry", r->plan->path, o->reason);
	if (retry_ask(&devices, f, r, o->hw, o->region, &deed, e) != 0)
		return -1;
	show_rollout_and(out, f, r, "may_retry", devices);
	return 0;
}

int rollout_retry(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	struct rollout_order *o = rollout_order_scope(q, e);

	(void)r;
	return o == NULL ? -1 : later(d, q, 200, run_retry, o, e);
}

/* ---- One device ---- */

typedef int device_fn(struct fleet *f, struct rollout *r, const char *id,
                      const struct deed *deed, struct err *e);

static int run_device(struct fleet *f, const struct request *q,
                      const struct rollout_order *o, device_fn *fn,
                      const char *action, struct buf *out, struct err *e)
{
	struct rollout *r = rollout_order_find(f, o, e);
	struct deed deed;

	if (r == NULL)
		return -1;
	deed = later_deed(q, action, r->plan->path, o->reason);
	if (fn(f, r, o->device, &deed, e) != 0)
		return -1;
	rollout_order_show(out, f, r);
	return 0;
}

static int run_exclude(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	return run_device(f, q, params, exclude_device, "rollout.exclude", out,
	                  e);
}

static int run_include(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	return run_device(f, q, params, exclude_end, "rollout.include", out, e);
}

static int order_device(struct deps *d, const struct request *q, later_fn *fn,
                        struct err *e)
{
	struct rollout_order *o = rollout_order_device(q, e);

	return o == NULL ? -1 : later(d, q, 200, fn, o, e);
}

int rollout_exclude(struct deps *d, const struct request *q, struct reply *r,
                    struct err *e)
{
	(void)r;
	return order_device(d, q, run_exclude, e);
}

int rollout_include(struct deps *d, const struct request *q, struct reply *r,
                    struct err *e)
{
	(void)r;
	return order_device(d, q, run_include, e);
}
