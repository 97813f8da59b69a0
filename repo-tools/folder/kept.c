#include "config.h"

#include "repo-tools/folder/kept.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <string.h>

struct search {
	const struct workspace *ws;
	char role[TUF_ROLE_MAX]; /* releases.P */
	const char *text;
	kept_fn *fn;
	void *ctx;
};

/* Its own files and those of its bins. */
static bool is_of(const struct search *s, const char *role)
{
	char owner[TUF_ROLE_MAX];

	return strcmp(role, s->role) == 0 ||
	       (bins_owner(owner, role) && strcmp(owner, s->role) == 0);
}

/* With an escape in the file it could be spelled otherwise. */
static bool concerns(const struct search *s, const struct buf *bytes)
{
	return memmem(buf_str(bytes), bytes->len, s->text, strlen(s->text)) !=
	               NULL ||
	       memchr(buf_str(bytes), '\\', bytes->len) != NULL;
}

static int read_one(void *ctx, const char *name, struct err *e)
{
	struct search *s = ctx;
	char role[TUF_ROLE_MAX];
	int64_t version;

	if (!role_doc_file_name(&version, role, name) || !is_of(s, role))
		return 0;

	SCOPED(free)
	char *path = workspace_path(s->ws, "metadata/%s", name);
	SCOPED(role_doc_free)
	struct role_doc *d = NULL;
	SCOPED(buf_fini)
	struct buf bytes = BUF_INIT(role_doc_max(role));

	if (fs_read(&bytes, path, e) != 0)
		return -1;
	if (!concerns(s, &bytes))
		return 0;
	if (role_doc_take_buf(&d, path, role, &bytes, e) != 0)
		return -1;
	s->fn(s->ctx, &d->targets);
	return 0;
}

int kept_releases(const struct workspace *ws, const char *product,
                  const char *text, kept_fn *fn, void *ctx, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");
	struct search s = {.ws = ws, .text = text, .fn = fn, .ctx = ctx};

	(void)snprintf(s.role, sizeof(s.role), "releases.%s", product);
	return fs_exists(dir) ? fs_list(dir, read_one, &s, e) : 0;
}
