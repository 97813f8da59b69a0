#include "config.h"

#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/show/show.h"

static int run_overview(struct fleet *f, const struct request *q, void *params,
                        struct buf *out, struct err *e)
{
	(void)q;
	(void)params;
	return show_overview(out, f, e);
}

int overview_get(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	(void)r;
	return later(d, q, 200, run_overview, NULL, e);
}

static int run_catalog(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	(void)q;
	(void)params;
	(void)e;
	show_catalog(out, f);
	return 0;
}

int catalog_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)r;
	return later(d, q, 200, run_catalog, NULL, e);
}

struct audit_query {
	int64_t before, limit;
};

static int run_audit(struct fleet *f, const struct request *q, void *params,
                     struct buf *out, struct err *e)
{
	const struct audit_query *a = params;
	int64_t next;
	struct jw w;

	(void)q;
	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "audit");
	if (show_audit(&w, f, a->before, a->limit, &next, e) != 0)
		return -1;
	if (next > 0)
		jw_put_int(&w, "next", next);
	else
		jw_put_null(&w, "next");
	jw_end_object(&w);
	return 0;
}

int audit_list(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct audit_query *a = body_alloc(q, sizeof(*a), e);

	(void)r;
	if (a == NULL ||
	    request_query_int(&a->before, q, "before", 0, 0, NUM_JSON_MAX, e) !=
	            0 ||
	    request_query_int(&a->limit, q, "limit", 100, 1, 1000, e) != 0)
		return -1;
	return later(d, q, 200, run_audit, a, e);
}
