#include "config.h"

#include "server/store/devices.h"

#include "lib/base/hex.h"
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"
#include "server/show/show.h"
#include "server/store/reports.h"

#include <string.h>

/* A device's newest reports are looked for among this many of all. */
#define REPORT_WINDOW 100000
#define REPORTS_SHOWN 20

struct device_query {
	size_t index;
	struct body_page page;
	const char *product, *reason;
};

/* ---- One device ---- */

static int find(struct device_query *dq, struct deps *d,
                const struct request *q, struct err *e)
{
	const char *text = request_param(q, "id");
	struct device_rec r;
	uint8_t id[16];

	if (hex_decode(id, sizeof(id), text) != 0 ||
	    !index_by_id(&d->fleet->index, id, &dq->index, &r))
		return err_set(e, ERR_NOT_FOUND, "device '%.40s': is not known",
		               text);
	return 0;
}

static int put_report(void *ctx, const struct report_row *row, struct err *e)
{
	struct jw *w = ctx;

	(void)e;
	jw_object(w);
	jw_put_time(w, "received", row->received_ms / 1000);
	jw_put_int(w, "seq", row->seq);
	if (row->attempt > 0)
		jw_put_int(w, "attempt", row->attempt);
	else
		jw_put_null(w, "attempt");
	jw_put_str(w, "step", row->step);
	jw_put_str(w, "code", row->code);
	jw_put_bool(w, "late", row->late);
	jw_end_object(w);
	return 0;
}

static int run_get(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	const struct device_query *dq = params;
	int64_t key = index_get(&f->index, dq->index).key, before = 0;
	struct jw w;

	(void)q;
	jw_init(&w, out);
	show_device(&w, f, dq->index);
	buf_cut(out, out->len - 1);
	buf_puts(out, ",\"reports\":");
	jw_init(&w, out);
	jw_array(&w);
	if (reports_of_device(f->store, key, &before, REPORT_WINDOW,
	                      REPORTS_SHOWN, put_report, &w, e) != 0)
		return -1;
	jw_end_array(&w);
	buf_putc(out, '}');
	return 0;
}

int device_get(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct device_query *dq = body_alloc(q, sizeof(*dq), e);

	(void)r;
	if (dq == NULL || find(dq, d, q, e) != 0)
		return -1;
	return later(d, q, 200, run_get, dq, e);
}

static int run_why(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	const struct device_query *dq = params;

	(void)q;
	(void)e;
	show_why(out, f, dq->index);
	return 0;
}

int device_why(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct device_query *dq = body_alloc(q, sizeof(*dq), e);

	(void)r;
	if (dq == NULL || find(dq, d, q, e) != 0)
		return -1;
	return later(d, q, 200, run_why, dq, e);
}

static int write_revoke(struct fleet *f, void *ctx, struct err *e)
{
	const struct device_query *dq = ctx;

	return devices_revoke(f->store, index_get(&f->index, dq->index).key,
	                      fleet_now_ms(f), e);
}

static int run_revoke(struct fleet *f, const struct request *q, void *params,
                      struct buf *out, struct err *e)
{
	struct device_query *dq = params;
	struct deed deed = later_deed(q, "device.revoke",
	                              request_param(q, "id"), dq->reason);
	struct jw w;

	if (later_commit(f, &deed, write_revoke, dq, e) != 0)
		return -1;
	index_edit(&f->index, dq->index)->revoked = true;
	index_edit_end(&f->index);
	index_set_alarm(&f->index, dq->index, 0);
	index_set_changed(&f->index, dq->index);
	jw_init(&w, out);
	show_device(&w, f, dq->index);
	return 0;
}

int device_revoke(struct deps *d, const struct request *q, struct reply *r,
                  struct err *e)
{
	struct device_query *dq = body_alloc(q, sizeof(*dq), e);

	(void)r;
	if (dq == NULL || find(dq, d, q, e) != 0 ||
	    body_reason(&dq->reason, q, e) != 0)
		return -1;
	return later(d, q, 200, run_revoke, dq, e);
}

/* ---- Pages ---- */

struct page {
	struct fleet *f;
	struct jw w;
	int64_t last, rows;
};

static int put_device(void *ctx, const struct device_row *row, struct err *e)
{
	struct page *p = ctx;
	struct device_rec r;
	size_t at;

	(void)e;
	if (index_by_key(&p->f->index, row->key, &at, &r))
		show_device(&p->w, p->f, at);
	p->last = row->key;
	p->rows++;
	return 0;
}

static int run_list(struct fleet *f, const struct request *q, void *params,
                    struct buf *out, struct err *e)
{
	const struct device_query *dq = params;
	struct devices_filter filter = {.product = dq->product};
	struct page p = {.f = f};

	(void)q;
	jw_init(&p.w, out);
	jw_object(&p.w);
	jw_key(&p.w, "devices");
	jw_array(&p.w);
	if (devices_page(f->store, &filter, dq->page.after, dq->page.limit,
	                 put_device, &p, e) != 0)
		return -1;
	jw_end_array(&p.w);
	body_put_next(&p.w, &dq->page, p.rows, p.last);
	jw_end_object(&p.w);
	return 0;
}

int device_list(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct device_query *dq = body_alloc(q, sizeof(*dq), e);

	(void)r;
	if (dq == NULL || body_page(&dq->page, q, e) != 0 ||
	    request_query(&dq->product, q, "product", e) != 0)
		return -1;
	return later(d, q, 200, run_list, dq, e);
}
