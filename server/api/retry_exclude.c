#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/fleet/exclude.h"
#include "server/fleet/retry.h"
#include "server/fleet/show.h"

#include <inttypes.h>

struct order {
	int64_t key;
	const char *hw, *region, *device, *reason;
};

static struct rollout *find(struct fleet *f, const struct order *o,
                            struct err *e)
{
	struct rollout *r = live_by_key(&f->live, o->key);

	if (r == NULL)
		(void)err_set(e, ERR_NOT_FOUND,
		              "rollout %" PRId64 ": is not known", o->key);
	return r;
}

static int run_retry(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct rollout *r = find(f, o, e);
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
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct order *o = body_alloc(q, sizeof(*o), e);
	struct js_at root;

	(void)r;
	if (o == NULL || body_key(&o->key, q, "key", e) != 0 ||
	    body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&o->hw, q, &root, "hw", NAME_MAX_LEN, e) != 0 ||
	    body_text(&o->region, q, &root, "region", NAME_MAX_LEN, e) != 0 ||
	    body_text(&o->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	return later(d, q, 200, run_retry, o, e);
}

/* ---- One device ---- */

typedef int device_fn(struct fleet *f, struct rollout *r, const char *id,
                      const struct deed *deed, struct err *e);

static int run_device(struct fleet *f, const struct request *q,
                      const struct order *o, device_fn *fn, const char *action,
                      struct buf *out, struct err *e)
{
	struct rollout *r = find(f, o, e);
	struct deed deed;
	struct jw w;

	if (r == NULL)
		return -1;
	deed = later_deed(q, action, r->plan->path, o->reason);
	if (fn(f, r, o->device, &deed, e) != 0)
		return -1;
	jw_init(&w, out);
	show_rollout(&w, f, r);
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
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct order *o = body_alloc(q, sizeof(*o), e);
	struct js_at root;

	if (o == NULL || body_key(&o->key, q, "key", e) != 0 ||
	    body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&o->device, q, &root, "device", 32, e) != 0 ||
	    body_text(&o->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	return later(d, q, 200, fn, o, e);
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
