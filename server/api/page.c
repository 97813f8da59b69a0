#include "config.h"

#include "lib/base/fs.h"
#include "server/api/handlers.h"
#include "web/assets.h"

#include <stdlib.h>
#include <string.h>

/* A part of the dashboard, or far more than one will be. */
#define PART_MAX ((size_t)4 << 20)

/* From the folder of somebody who works on the dashboard. The name is one of
 * the built-in parts, so no path is made of what a client sent. */
static int read_part(struct reply *r, const char *web_root,
                     const struct web_asset *a, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(web_root, a->name);
	struct buf part = BUF_INIT(PART_MAX);
	char *bytes;
	size_t len;

	if (fs_read(&part, path, e) != 0) {
		buf_fini(&part);
		return -1;
	}
	len = part.len;
	bytes = buf_take(&part);
	reply_shared(r, 200, a->type, bytes, len, free, bytes);
	reply_header_list(r, reply_html_headers);
	return 0;
}

/* The dashboard and the description are compiled in. */
static int reply_asset(const struct deps *d, struct reply *r, const char *name,
                       struct err *e)
{
	const struct web_asset *a = web_asset_find(name);

	if (a == NULL)
		return err_set(e, ERR_NOT_FOUND, "%.64s: not here", name);
	if (*d->web_root != '\0' && strcmp(name, "openapi.yaml") != 0)
		return read_part(r, d->web_root, a, e);
	reply_bytes(r, 200, a->type, a->bytes, a->len);
	reply_header_list(r, reply_html_headers);
	reply_etag(r, a->etag);
	reply_cache(r, CACHE_REVALIDATE);
	return 0;
}

int page_get(struct deps *d, const struct request *q, struct reply *r,
             struct err *e)
{
	(void)q;
	return reply_asset(d, r, "index.html", e);
}

int asset_get(struct deps *d, const struct request *q, struct reply *r,
              struct err *e)
{
	return reply_asset(d, r, request_param(q, "file"), e);
}

int openapi_get(struct deps *d, const struct request *q, struct reply *r,
                struct err *e)
{
	(void)q;
	return reply_asset(d, r, "openapi.yaml", e);
}
