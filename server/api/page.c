#include "config.h"

#include "server/api/handlers.h"
#include "web/assets.h"

/* The dashboard and the description are compiled in; no path arithmetic. */
static int reply_asset(struct reply *r, const char *name, struct err *e)
{
	const struct web_asset *a = web_asset_find(name);

	if (a == NULL)
		return err_set(e, ERR_NOT_FOUND, "%.64s: not here", name);
	reply_bytes(r, 200, a->type, a->bytes, a->len);
	reply_header_list(r, reply_html_headers);
	reply_etag(r, a->etag);
	reply_cache(r, CACHE_REVALIDATE);
	return 0;
}

int page_get(struct deps *d, const struct request *q, struct reply *r,
             struct err *e)
{
	(void)d;
	(void)q;
	return reply_asset(r, "index.html", e);
}

int asset_get(struct deps *d, const struct request *q, struct reply *r,
              struct err *e)
{
	(void)d;
	return reply_asset(r, request_param(q, "file"), e);
}

int openapi_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)d;
	(void)q;
	return reply_asset(r, "openapi.yaml", e);
}
