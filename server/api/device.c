#include "config.h"

#include "lib/json/jw.h"
#include "server/api/handlers.h"
#include "server/devices/checkin.h"
#include "server/devices/enrol.h"
#include "server/devices/report.h"

#include <string.h>

static int fill_answer(struct reply *r, const struct wire_answer *a,
                       struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);

	wire_answer_write(&b, a);
	return reply_json(r, 200, &b, e);
}

static void checkin_done(void *ctx, const struct wire_answer *a,
                         const struct err *e)
{
	struct reply r = {0};
	struct err full = {0};

	if (e == NULL && fill_answer(&r, a, &full) != 0)
		e = &full;
	http_answer(ctx, e == NULL ? &r : NULL, e);
}

int checkin_post(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	const struct who *who = q->who;
	struct checkin_call call = {.device = who->device,
	                            .answer = checkin_done};
	struct wire_answer now;

	if (wire_checkin_parse(&call.in, q->body, q->body_len, e) != 0)
		return -1;
	if (checkin_idle(d->fleet, &call, &now))
		return fill_answer(r, &now, e);
	call.ctx = request_park(q);
	if (checkin_submit(d->fleet, &call, e) != 0) {
		request_unpark(call.ctx);
		return -1;
	}
	return REPLY_LATER;
}

static void put_numbers(struct jw *w, const char *key, const int64_t *list,
                        size_t n)
{
	jw_key(w, key);
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		jw_int(w, list[i]);
	jw_end_array(w);
}

static int fill_report(struct reply *r, const struct report_answer *a,
                       struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(4096);
	struct jw w;

	jw_init(&w, &b);
	jw_object(&w);
	put_numbers(&w, "ack", a->ack, a->n_ack);
	put_numbers(&w, "conflict", a->conflict, a->n_conflict);
	jw_put_int(&w, "seq", a->seq);
	jw_end_object(&w);
	/* 409 only if all conflict (trust.md, Report). */
	return reply_json(r, a->n_ack == 0 ? 409 : 200, &b, e);
}

static void report_done(void *ctx, const struct report_answer *a,
                        const struct err *e)
{
	struct reply r = {0};
	struct err full = {0};

	if (e == NULL && fill_report(&r, a, &full) != 0)
		e = &full;
	http_answer(ctx, e == NULL ? &r : NULL, e);
}

int report_post(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	const struct who *who = q->who;
	struct report_call call = {.device = who->device,
	                           .answer = report_done};
	struct device_rec rec = index_get(&d->fleet->index, who->device);

	(void)r;
	if (wire_report_parse(&call.in, q->body, q->body_len, e) != 0)
		return -1;
	if (memcmp(call.in.id, rec.id, sizeof(rec.id)) != 0)
		return err_code(e, ERR_FORBIDDEN, "other_device",
		                "report: this token is not of the device the "
		                "report names");
	if (report_verify(d->fleet, &rec, &call.in, q->body, q->body_len, e) !=
	    0)
		return -1;
	call.ctx = request_park(q);
	if (report_submit(d->fleet, &call, e) != 0) {
		request_unpark(call.ctx);
		return -1;
	}
	return REPLY_LATER;
}

static void enrol_done(void *ctx, const char *token, const struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(256);
	struct reply r = {0};
	struct err full = {0};
	struct jw w;

	if (e == NULL) {
		jw_init(&w, &b);
		jw_object(&w);
		jw_put_str(&w, "token", token);
		jw_end_object(&w);
		if (reply_json(&r, 201, &b, &full) != 0)
			e = &full;
	}
	http_answer(ctx, e == NULL ? &r : NULL, e);
}

int enrol_post(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	struct enrol_call call = {.answer = enrol_done};

	(void)r;
	if (wire_enrol_parse(&call.in, q->body, q->body_len, e) != 0)
		return -1;
	call.ctx = request_park(q);
	if (enrol_submit(d->fleet, &call, e) != 0) {
		request_unpark(call.ctx);
		return -1;
	}
	return REPLY_LATER;
}
