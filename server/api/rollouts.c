#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/fleet/operate.h"
#include "server/fleet/show.h"

#include <inttypes.h>

struct order {
	int64_t key;
	struct body_page page;
	const char *plan, *hw, *region, *reason;
};

static int find(struct rollout **out, struct fleet *f, int64_t key,
                struct err *e)
{
	*out = live_by_key(&f->live, key);
	return *out != NULL ? 0
	                    : err_set(e, ERR_NOT_FOUND,
	                              "rollout %" PRId64 ": is not known", key);
}

static int show(struct buf *out, struct fleet *f, const struct rollout *r)
{
	struct jw w;

	jw_init(&w, out);
	show_rollout(&w, f, r);
	return 0;
}

/* ---- Reading ---- */

static int run_list(struct fleet *f, const struct request *q, void *params,
                    struct buf *out, struct err *e)
{
	struct jw w;

	(void)q;
	(void)params;
	(void)e;
	jw_init(&w, out);
	jw_object(&w);
	show_rollouts(&w, f);
	jw_end_object(&w);
	return 0;
}

int rollout_list(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	(void)r;
	return later(d, q, 200, run_list, NULL, e);
}

static int run_get(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct rollout *r;

	(void)q;
	return find(&r, f, o->key, e) != 0 ? -1 : show(out, f, r);
}

int rollout_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct order *o = body_alloc(q, sizeof(*o), e);

	(void)r;
	if (o == NULL || body_key(&o->key, q, "key", e) != 0)
		return -1;
	return later(d, q, 200, run_get, o, e);
}

static int run_export(struct fleet *f, const struct request *q, void *params,
                      struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct rollout *r;
	struct jw w;

	(void)q;
	if (find(&r, f, o->key, e) != 0)
		return -1;
	jw_init(&w, out);
	return show_export(&w, f, r, o->page.after, o->page.limit, e);
}

int rollout_export(struct deps *d, const struct request *q, struct reply *r,
                   struct err *e)
{
	struct order *o = body_alloc(q, sizeof(*o), e);

	(void)r;
	if (o == NULL || body_key(&o->key, q, "key", e) != 0 ||
	    body_page(&o->page, q, e) != 0)
		return -1;
	return later(d, q, 200, run_export, o, e);
}

/* ---- Starting ---- */

static int run_start(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct deed deed = later_deed(q, "rollout.start", o->plan, o->reason);
	struct rollout *r;
	int64_t takes_over = 0;

	if (operate_start(&r, &takes_over, f, o->plan, &deed, e) != 0)
		return -1;
	show_rollout_and(out, f, r, "takes_over", takes_over);
	return 0;
}

int rollout_start(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct order *o = body_alloc(q, sizeof(*o), e);
	struct js_at root;

	(void)r;
	if (o == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&o->plan, q, &root, "plan", TARGET_MAX_LEN, e) != 0 ||
	    body_text(&o->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	return later(d, q, 201, run_start, o, e);
}

/* ---- Moving ---- */

typedef int operate_fn(struct fleet *f, struct rollout *r,
                       const struct deed *deed, struct err *e);

static int run_move(struct fleet *f, const struct request *q,
                    const void *params, operate_fn *fn, const char *action,
                    struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct deed deed;
	struct rollout *r;

	if (find(&r, f, o->key, e) != 0)
		return -1;
	deed = later_deed(q, action, r->plan->path, o->reason);
	return fn(f, r, &deed, e) != 0 ? -1 : show(out, f, r);
}

static int run_pause(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	return run_move(f, q, params, operate_pause, "rollout.pause", out, e);
}

static int run_resume(struct fleet *f, const struct request *q, void *params,
                      struct buf *out, struct err *e)
{
	return run_move(f, q, params, operate_resume, "rollout.resume", out, e);
}

static int run_promote(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	return run_move(f, q, params, operate_promote, "rollout.promote", out,
	                e);
}

static int order_reason(struct deps *d, const struct request *q, later_fn *fn,
                        struct err *e)
{
	struct order *o = body_alloc(q, sizeof(*o), e);

	if (o == NULL || body_key(&o->key, q, "key", e) != 0 ||
	    body_reason(&o->reason, q, e) != 0)
		return -1;
	return later(d, q, 200, fn, o, e);
}

int rollout_pause(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	(void)r;
	return order_reason(d, q, run_pause, e);
}

int rollout_resume(struct deps *d, const struct request *q, struct reply *r,
                   struct err *e)
{
	(void)r;
	return order_reason(d, q, run_resume, e);
}

int rollout_promote(struct deps *d, const struct request *q, struct reply *r,
                    struct err *e)
{
	(void)r;
	return order_reason(d, q, run_promote, e);
}

static int run_halt(struct fleet *f, const struct request *q, void *params,
                    struct buf *out, struct err *e)
{
	const struct order *o = params;
	struct deed deed;
	struct rollout *r;

	if (find(&r, f, o->key, e) != 0)
		return -1;
	deed = later_deed(q, "rollout.halt", r->plan->path, o->reason);
	return operate_halt(f, r, o->hw, o->region, &deed, e) != 0
	               ? -1
	               : show(out, f, r);
}

int rollout_halt(struct deps *d, const struct request *q, struct reply *r,
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
	return later(d, q, 200, run_halt, o, e);
}
