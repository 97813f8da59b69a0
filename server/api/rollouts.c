#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/api/rollout_order.h"
#include "server/fleet/operate.h"
#include "server/show/show.h"

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
	const struct rollout *r = rollout_order_find(f, params, e);

	(void)q;
	if (r == NULL)
		return -1;
	rollout_order_show(out, f, r);
	return 0;
}

int rollout_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct rollout_order *o = rollout_order_key(q, e);

	(void)r;
	return o == NULL ? -1 : later(d, q, 200, run_get, o, e);
}

struct export_order {
	struct rollout_order *of;
	struct body_page page;
};

static int run_export(struct fleet *f, const struct request *q, void *params,
                      struct buf *out, struct err *e)
{
	const struct export_order *x = params;
	const struct rollout *r = rollout_order_find(f, x->of, e);
	struct jw w;

	(void)q;
	if (r == NULL)
		return -1;
	jw_init(&w, out);
	return show_export(&w, f, r, x->page.after, x->page.limit, e);
}

int rollout_export(struct deps *d, const struct request *q, struct reply *r,
                   struct err *e)
{
	struct export_order *x = body_alloc(q, sizeof(*x), e);

	(void)r;
	if (x == NULL)
		return -1;
	x->of = rollout_order_key(q, e);
	if (x->of == NULL || body_page(&x->page, q, e) != 0)
		return -1;
	return later(d, q, 200, run_export, x, e);
}

/* ---- Starting ---- */

struct start {
	const char *plan, *reason;
};

static int run_start(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const struct start *s = params;
	struct deed deed = later_deed(q, "rollout.start", s->plan, s->reason);
	struct rollout *r;
	int64_t takes_over = 0;

	if (operate_start(&r, &takes_over, f, s->plan, &deed, e) != 0)
		return -1;
	show_rollout_and(out, f, r, "takes_over", takes_over);
	return 0;
}

int rollout_start(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct start *s = body_alloc(q, sizeof(*s), e);
	struct js_at root;

	(void)r;
	if (s == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&s->plan, q, &root, "plan", TARGET_MAX_LEN, e) != 0 ||
	    body_text(&s->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	return later(d, q, 201, run_start, s, e);
}

/* ---- Moving ---- */

typedef int operate_fn(struct fleet *f, struct rollout *r,
                       const struct deed *deed, struct err *e);

static int run_move(struct fleet *f, const struct request *q,
                    const void *params, operate_fn *fn, const char *action,
                    struct buf *out, struct err *e)
{
	const struct rollout_order *o = params;
	struct rollout *r = rollout_order_find(f, o, e);
	struct deed deed;

	if (r == NULL)
		return -1;
	deed = later_deed(q, action, r->plan->path, o->reason);
	if (fn(f, r, &deed, e) != 0)
		return -1;
	rollout_order_show(out, f, r);
	return 0;
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
	struct rollout_order *o = rollout_order_reason(q, e);

	return o == NULL ? -1 : later(d, q, 200, fn, o, e);
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
	const struct rollout_order *o = params;
	struct rollout *r = rollout_order_find(f, o, e);
	struct deed deed;

	if (r == NULL)
		return -1;
	deed = later_deed(q, "rollout.halt", r->plan->path, o->reason);
	if (operate_halt(f, r, o->hw, o->region, &deed, e) != 0)
		return -1;
	rollout_order_show(out, f, r);
	return 0;
}

int rollout_halt(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	struct rollout_order *o = rollout_order_scope(q, e);

	(void)r;
	return o == NULL ? -1 : later(d, q, 200, run_halt, o, e);
}
