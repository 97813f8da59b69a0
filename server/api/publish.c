#include "config.h"

#include "server/publish/publish.h"

#include "lib/base/mem.h"
#include "lib/json/jw.h"
#include "server/api/body.h"
#include "server/api/handlers.h"
#include "server/api/later.h"

#include <stdlib.h>
#include <string.h>

/* Every bin of a product, every root, and room. */
#define FILES_MAX 8192

static void put_blob(struct buf *out, const char *sha256, int64_t length)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_put_str(&w, "sha256", sha256);
	jw_put_int(&w, "length", length);
	jw_end_object(&w);
}

int blob_get(struct deps *d, const struct request *q, struct reply *r,
             struct err *e)
{
	const char *sha256 = request_param(q, "sha256");
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(512);
	int64_t length = 0;

	if (blobs_size(&d->fleet->blobs, sha256, &length, e) != 0)
		return e->kind == ERR_NOT_FOUND
		               ? err_set(e, ERR_NOT_FOUND,
		                         "blob %.64s: not here", sha256)
		               : -1;
	put_blob(&b, sha256, length);
	return reply_json(r, 200, &b, e);
}

static int run_put(struct fleet *f, const struct request *q, void *params,
                   struct buf *out, struct err *e)
{
	const char *sha256 = request_param(q, "sha256");
	int64_t length = 0;

	(void)params;
	if (blobs_keep(&f->blobs, q->body_fd, sha256, &length, e) != 0)
		return -1;
	put_blob(out, sha256, length);
	return 0;
}

/* Copied, synced and read back, a gigabyte at worst: devices do not wait for
 * that, neither on this thread nor on the scribe's. */
int blob_put(struct deps *d, const struct request *q, struct reply *r,
             struct err *e)
{
	(void)r;
	return later_on_disk(d, q, 201, run_put, NULL, e);
}

struct upload {
	const char *reason;
	bool emergency;
	struct file **files;
	size_t n;
};

static void upload_fini(struct upload *u)
{
	for (size_t i = 0; i < u->n; i++)
		file_unref(u->files[i]);
	free(u->files);
}

static int run_publish(struct fleet *f, const struct request *q, void *params,
                       struct buf *out, struct err *e)
{
	struct upload *u = params;
	struct deed deed = later_deed(q, "publish", "", u->reason);
	int result = u->emergency ? publish_in_emergency(f, u->files, u->n,
	                                                 &deed, out, e)
	                          : publish(f, u->files, u->n, &deed, out, e);

	upload_fini(u);
	return result;
}

static int parse_file(struct upload *u, const struct js_at *at, struct err *e)
{
	const char *name, *text;
	struct file *file;

	if (js_get_str(&name, at, "name", 256, e) != 0 ||
	    js_get_str(&text, at, "text", BODY_MEMORY_MAX, e) != 0)
		return -1;
	file = file_new(name, 0, text, strlen(text), e);
	if (file == NULL)
		return -1;
	u->files[u->n++] = file;
	return 0;
}

static int parse_files(struct upload *u, const struct js_at *root,
                       struct err *e)
{
	struct js_at files;
	size_t n;

	if (js_get_array(&files, &n, root, "files", 1, FILES_MAX, e) != 0)
		return -1;
	u->files = xcalloc(n, sizeof(struct file *));
	for (size_t i = 0; i < n; i++) {
		struct js_at at = js_element(&files, i);

		if (parse_file(u, &at, e) != 0)
			return -1;
	}
	return 0;
}

int publish_post(struct deps *d, const struct request *q, struct reply *r,
                 struct err *e)
{
	SCOPED(js_fini)
	struct js_doc doc = {0};
	struct upload *u = body_alloc(q, sizeof(*u), e);
	struct js_at root;
	int result = -1;

	(void)r;
	if (u == NULL || body_parse(&doc, &root, q, e) != 0 ||
	    body_text(&u->reason, q, &root, "reason", REASON_MAX, e) != 0)
		return -1;
	if ((!js_has(&root, "emergency") ||
	     js_get_bool(&u->emergency, &root, "emergency", e) == 0) &&
	    parse_files(u, &root, e) == 0)
		result = later_to_publish(d, q, 200, run_publish, u, e);
	if (result == -1)
		upload_fini(u);
	return result;
}
