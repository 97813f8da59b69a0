#include "config.h"

#include "server/api/handlers.h"
#include "server/repo/view.h"

#include <string.h>

/* timestamp.json moves; everything else has its version or hash in the name
 * and never changes. Root versions are asked for until the first 404, which
 * must be plain (go-tuf takes nothing else). */

static void put_view(void *v)
{
	view_put(v);
}

int metadata_get(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	const char *name = request_param(q, "file");
	struct view *v = view_get(&d->fleet->view);
	const struct file *f = v != NULL ? view_metadata(v, name) : NULL;

	if (f == NULL) {
		view_put(v);
		return err_set(e, ERR_NOT_FOUND, "metadata %.100s: not here",
		               name);
	}
	/* The reply holds the view, and with it the bytes. */
	reply_shared(r, 200, "application/json", f->bytes, f->len, put_view, v);
	reply_etag(r, arena_strdup(q->arena, f->sha256));
	reply_cache(r, strcmp(f->name, "timestamp.json") == 0 ? CACHE_REVALIDATE
	                                                      : CACHE_FOREVER);
	return 0;
}

int target_get(struct deps *d, const struct request *q, struct reply *r,
               struct err *e)
{
	const char *name = request_param(q, "path");
	struct view *v = view_get(&d->fleet->view);
	struct view_target t;
	int fd;

	if (v == NULL || !view_target(v, name, &t)) {
		view_put(v);
		return err_set(e, ERR_NOT_FOUND, "target %.100s: not here",
		               name);
	}
	if (t.bytes != NULL) {
		reply_shared(r, 200, "application/octet-stream", t.bytes,
		             (size_t)t.length, put_view, v);
	} else {
		view_put(v);
		fd = blobs_fd(&d->fleet->blobs, t.sha256, e);
		if (fd < 0)
			return -1;
		reply_file(r, 200, "application/octet-stream", fd,
		           (uint64_t)t.length);
	}
	reply_etag(r, arena_strdup(q->arena, t.sha256));
	reply_cache(r, CACHE_FOREVER);
	return 0;
}
