#include "config.h"

#include "server/api/rollout_order.h"

#include "server/api/body.h"
#include "server/show/show.h"

#include <inttypes.h>

/* A device's id is 32 hexadecimal digits. */
#define DEVICE_MAX_LEN 32

struct rollout_order *rollout_order_key(const struct request *q, struct err *e)
{
	struct rollout_order *o = body_alloc(q, sizeof(*o), e);

	return o != NULL && body_key(&o->key, q, "key", e) == 0 ? o : NULL;
}

struct rollout_order *rollout_order_reason(const struct request *q,
                                           struct err *e)
{
	struct rollout_order *o = rollout_order_key(q, e);

	return o != NULL && body_reason(&o->reason, q, e) == 0 ? o : NULL;
}

struct rollout_order *rollout_order_scope(const struct request *q,
                                          struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct rollout_order *o = rollout_order_key(q, e);
	struct js_at root;

	if (o == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&o->hw, q, &root, "hw", NAME_MAX_LEN, e) != 0 ||
	    body_text(&o->region, q, &root, "region", NAME_MAX_LEN, e) != 0 ||
	    body_text(&o->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return NULL;
	return o;
}

struct rollout_order *rollout_order_device(const struct request *q,
                                           struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct rollout_order *o = rollout_order_key(q, e);
	struct js_at root;

	if (o == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&o->device, q, &root, "device", DEVICE_MAX_LEN, e) != 0 ||
	    body_text(&o->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return NULL;
	return o;
}

struct rollout *rollout_order_find(struct fleet *f,
                                   const struct rollout_order *o, struct err *e)
{
	struct rollout *r = live_by_key(&f->live, o->key);

	if (r == NULL)
		(void)err_set(e, ERR_NOT_FOUND,
		              "rollout %" PRId64 ": is not known", o->key);
	return r;
}

void rollout_order_show(struct buf *out, struct fleet *f,
                        const struct rollout *r)
{
	struct jw w;

	jw_init(&w, out);
	show_rollout(&w, f, r);
}
