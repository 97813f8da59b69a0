#include "config.h"

#include "lib/json/jw.h"
#include "server/api/handlers.h"
#include "server/fleet/show.h"
#include "server/store/db.h"

#include <inttypes.h>

int healthz_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)d;
	(void)q;
	(void)e;
	reply_bytes(r, 200, "text/plain", "ok\n", 3);
	return 0;
}

int readyz_get(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(1024);
	unsigned trouble = d->fleet->trouble;
	struct jw w;

	(void)q;
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_bool(&w, "ready", trouble == 0);
	jw_key(&w, "trouble");
	show_trouble(&w, trouble);
	jw_end_object(&w);
	return reply_json(r, trouble == 0 ? 200 : 503, &b, e);
}

static void put(struct buf *b, const char *name, const char *type,
                const char *help, int64_t value)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", name,
	           help, name, type, name, value);
}

int metrics_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct buf b = BUF_INIT(65536);
	char *text;
	size_t len;

	(void)q;
	(void)e;
	put(&b, "pawl_devices", "gauge", "Enrolled devices.",
	    (int64_t)index_count(&d->fleet->index));
	put(&b, "pawl_ready", "gauge", "1 when nothing is wrong.",
	    d->fleet->trouble == 0);
	put(&b, "pawl_report_items_acknowledged_total", "counter",
	    "Report items answered with ack since the start.",
	    (int64_t)d->fleet->acknowledged);
	put(&b, "pawl_sql_statements_total", "counter",
	    "SQL statements begun since the start.",
	    (int64_t)db_statement_count());
	put(&b, "pawl_sql_commits_total", "counter",
	    "Transactions committed since the start.",
	    (int64_t)db_commit_count());
	len = b.len;
	text = buf_take(&b);
	reply_shared(r, 200, "text/plain; version=0.0.4", text, len, free,
	             text);
	return 0;
}
