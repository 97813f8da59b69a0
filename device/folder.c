#include "config.h"

#include "device/folder.h"

#include "lib/base/fs.h"

#include <string.h>

#define PREFIX FOLDER_SERVER "/"

static int request(void *ctx, struct net_reply *out,
                   const struct net_request *q, struct err *e)
{
	union {
		void *ctx;
		const char *dir;
	} u = {ctx};
	SCOPED(free)
	char *path = NULL;
	struct err why = {0};

	*out = (struct net_reply){.status = 200,
	                          .retry_after_s = -1,
	                          .range_from = -1,
	                          .range_total = -1,
	                          .body = BUF_INIT(q->max_bytes)};
	if (strcmp(q->method, "GET") != 0 || q->sink != NULL ||
	    strncmp(q->url, PREFIX, strlen(PREFIX)) != 0 ||
	    strstr(q->url, "/..") != NULL)
		return err_set(e, ERR_UNREACHABLE, "%s: not in a folder",
		               q->url);
	path = fs_join(u.dir, q->url + strlen(PREFIX));
	if (fs_read(&out->body, path, &why) == 0)
		return 0;
	if (why.kind == ERR_NOT_FOUND) {
		out->status = 404;
		return 0;
	}
	net_reply_fini(out);
	if (e != NULL)
		*e = why;
	return -1;
}

struct net_door folder_door(const char *dir)
{
	union {
		const char *dir;
		void *ctx;
	} u = {dir};

	return (struct net_door){request, u.ctx};
}
