#include "config.h"

#include "server/show/show.h"

#include "lib/base/mem.h"
#include "server/publish/rows.h"
#include "server/show/watch.h"
#include "server/store/audit.h"
#include "server/store/settings.h"

#include <string.h>

/* ---- Audit ---- */

struct audit_page {
	struct jw *w;
	struct fleet *f;
	int64_t last;
	int64_t rows;
};

static int put_audit(void *ctx, const struct audit_row *a, struct err *e)
{
	struct audit_page *page = ctx;
	struct jw *w = page->w;

	(void)e;
	jw_object(w);
	jw_put_int(w, "number", a->number);
	show_when(w, "at", a->at_ms);
	show_actor(w, page->f, "actor", a->actor);
	jw_put_str(w, "action", a->action);
	jw_put_str(w, "object", a->object);
	jw_put_str(w, "reason", a->reason);
	jw_put_str(w, "request_id", a->request_id);
	jw_key(w, "detail");
	jw_raw(w, a->detail, strlen(a->detail));
	jw_end_object(w);
	page->last = a->number;
	page->rows++;
	return 0;
}

int show_audit(struct jw *w, struct fleet *f, int64_t before, int64_t limit,
               int64_t *out_next, struct err *e)
{
	struct audit_page page = {.w = w, .f = f};

	jw_array(w);
	if (audit_page(f->store, before, limit, put_audit, &page, e) != 0)
		return -1;
	jw_end_array(w);
	*out_next = page.rows == limit && page.last > 1 ? page.last : 0;
	return 0;
}

/* ---- The whole at a glance ---- */

static void put_versions(struct jw *w, const struct view *v)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	const struct file *ts =
		v != NULL ? online_role(view_online(v), "timestamp") : NULL;

	jw_put_str(w, "repo", v != NULL ? view_set(v)->catalog.repo : NULL);
	jw_put_bool(w, "solo", v != NULL && view_set(v)->catalog.solo);
	jw_put_int(w, "root_version",
	           v != NULL ? view_set(v)->root.version : 0);
	jw_put_int(w, "timestamp_version", ts != NULL ? ts->version : 0);
	if (ts != NULL && tuf_envelope_parse(&env, TUF_TIMESTAMP, ts->name,
	                                     ts->bytes, ts->len, NULL) == 0)
		jw_put_time(w, "timestamp_expires", env.expires_s);
	else
		jw_put_null(w, "timestamp_expires");
}

static int put_publish_warnings(struct jw *w, struct fleet *f, struct err *e)
{
	SCOPED(buf_fini)
	struct buf list = BUF_INIT(PUBLISH_WARNINGS_BYTES_MAX);
	struct err none = {0};

	jw_key(w, "publish_warnings");
	if (settings_get(&list, f->store, PUBLISH_SETTING_WARNINGS, &none) ==
	    0) {
		jw_raw(w, buf_str(&list), list.len);
		return 0;
	}
	if (none.kind != ERR_NOT_FOUND) {
		*e = none;
		return -1;
	}
	jw_array(w);
	jw_end_array(w);
	return 0;
}

int show_overview(struct buf *out, struct fleet *f, struct err *e)
{
	SCOPED(view_put)
	struct view *v = view_get(&f->view);
	int64_t next;
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_time(&w, "time", fleet_now_s(f));
	put_versions(&w, v);
	watch_put(&w, f);
	watch_put_advice(&w, f);
	if (put_publish_warnings(&w, f, e) != 0)
		return -1;
	jw_put_int(&w, "devices", (int64_t)index_count(&f->index));
	jw_put_int(&w, "alarms", (int64_t)index_alarms(&f->index));
	jw_put_int(&w, "seen_24h",
	           (int64_t)index_seen_in_day(&f->index, fleet_now_ms(f)));
	jw_put_int(&w, "reports_acknowledged", (int64_t)f->acknowledged);
	jw_put_int(&w, "reports_stored", (int64_t)f->stored);
	show_rollouts(&w, f);
	jw_key(&w, "events");
	if (show_audit(&w, f, 0, 20, &next, e) != 0)
		return -1;
	jw_end_object(&w);
	return 0;
}
