#include "config.h"

#include "lib/json/jw.h"
#include "server/api/handlers.h"
#include "server/http/http.h"
#include "server/show/watch.h"
#include "server/store/db.h"

#include <inttypes.h>
#include <stdlib.h>

/* Both name every role. */
#define READYZ_MAX ((size_t)1 << 20)
#define METRICS_MAX ((size_t)1 << 20)

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
	struct buf b = BUF_INIT(READYZ_MAX);
	bool ready = watch_trouble(d->fleet) == 0;
	struct jw w;

	(void)q;
	jw_init(&w, &b);
	jw_object(&w);
	watch_put(&w, d->fleet);
	watch_put_advice(&w, d->fleet);
	watch_put_expires(&w, d->fleet);
	jw_end_object(&w);
	return reply_json(r, ready ? 200 : 503, &b, e);
}

/* ---- Metrics: the Prometheus text format, version 0.0.4 ---- */

static void head(struct buf *b, const char *name, const char *type,
                 const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put(struct buf *b, const char *name, const char *type,
                const char *help, int64_t value)
{
	head(b, name, type, help);
	buf_printf(b, "%s %" PRId64 "\n", name, value);
}

/* Label values here are role names and words of ours: no quote, backslash or
 * line break stands in one (lib/base/name.h). */
static void put_labelled(struct buf *b, const char *name, const char *label,
                         const char *is, int64_t value)
{
	buf_printf(b, "%s{%s=\"%s\"} %" PRId64 "\n", name, label, is, value);
}

static void put_roles(struct buf *b, struct fleet *f)
{
	SCOPED(watch_fini)
	struct watch w = {0};

	watch_look(&w, f);
	if (w.len == 0)
		return;
	head(b, "pawl_role_expiry_seconds", "gauge",
	     "Until the published file of the role expires; negative after "
	     "it.");
	for (size_t i = 0; i < w.len; i++)
		put_labelled(b, "pawl_role_expiry_seconds", "role",
		             w.items[i].role, w.items[i].left_s);
}

static void put_trouble(struct buf *b, unsigned trouble)
{
	head(b, "pawl_trouble", "gauge", "1 while this is wrong.");
	for (unsigned i = 0; watch_word(i) != NULL; i++)
		put_labelled(b, "pawl_trouble", "what", watch_word(i),
		             trouble >> i & 1);
}

static void put_http(struct buf *b, const struct http *http)
{
	struct http_counts n;

	http_counts(&n, http);
	put(b, "pawl_http_requests_total", "counter",
	    "Requests whose head was received.", (int64_t)n.requests);
	put(b, "pawl_http_guarded_total", "counter",
	    "Of these, refused because two parsers could read them "
	    "differently.",
	    (int64_t)n.guarded);
	put(b, "pawl_http_refusals_total", "counter",
	    "Answers with a status from 400 to 499.", (int64_t)n.refusals);
	put(b, "pawl_http_failures_total", "counter",
	    "Answers with a status from 500 on.", (int64_t)n.failures);
	put(b, "pawl_http_connections", "gauge", "Open connections.",
	    (int64_t)n.connections);
	put(b, "pawl_http_parked", "gauge",
	    "Requests that wait for the one thread that writes.",
	    (int64_t)n.parked);
}

int metrics_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	struct buf b = BUF_INIT(METRICS_MAX);
	unsigned trouble = watch_trouble(d->fleet);
	char *text;
	size_t len;

	(void)q;
	(void)e;
	put(&b, "pawl_devices", "gauge", "Enrolled devices.",
	    (int64_t)index_count(&d->fleet->index));
	put(&b, "pawl_ready", "gauge", "1 when nothing is wrong.",
	    trouble == 0);
	put_trouble(&b, trouble);
	put(&b, "pawl_holds", "gauge",
	    "Scopes of rollouts in which nothing starts: too many overdue or "
	    "silent.",
	    (int64_t)d->fleet->holds);
	put_roles(&b, d->fleet);
	put(&b, "pawl_report_items_acknowledged_total", "counter",
	    "Report items answered with ack since the start.",
	    (int64_t)d->fleet->acknowledged);
	put_http(&b, d->http);
	put(&b, "pawl_sql_statements_total", "counter",
	    "SQL statements begun since the start.",
	    (int64_t)db_statement_count());
	put(&b, "pawl_sql_commits_total", "counter",
	    "Transactions committed since the start.",
	    (int64_t)db_commit_count());
	len = b.len;
	text = buf_take(&b);
	reply_shared(r, 200, "text/plain; version=0.0.4; charset=utf-8", text,
	             len, free, text);
	return 0;
}
