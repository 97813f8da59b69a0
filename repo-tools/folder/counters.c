#include "config.h"

#include "repo-tools/folder/counters.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/rollout/fw.h"

#include <stdio.h>
#include <string.h>

struct search {
	const struct workspace *ws;
	char role[TUF_ROLE_MAX]; /* releases.P */
	int64_t highest;
};

/* Its own files and those of its bins. */
static bool is_of(const struct search *s, const char *role)
{
	char owner[TUF_ROLE_MAX];

	return strcmp(role, s->role) == 0 ||
	       (bins_owner(owner, role) && strcmp(owner, s->role) == 0);
}

/* A file without firmware need not be parsed: of a hundred thousand plain
 * targets that is every one. With an escape in it the word could be spelled
 * otherwise. */
static bool concerns(const struct buf *bytes)
{
	static const char name[] = "\"counter\"";

	return memmem(buf_str(bytes), bytes->len, name, strlen(name)) != NULL ||
	       memchr(buf_str(bytes), '\\', bytes->len) != NULL;
}

static void count(struct search *s, const struct tuf_targets *t)
{
	for (size_t i = 0; i < t->n_targets; i++) {
		struct fw fw;

		/* Other targets have no manifest, and no counter. */
		if (fw_parse(&fw, t->targets[i].path, t->targets[i].custom,
		             NULL) == 0 &&
		    fw.counter > s->highest)
			s->highest = fw.counter;
	}
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
	if (!concerns(&bytes))
		return 0;
	if (role_doc_take_buf(&d, path, role, &bytes, e) != 0)
		return -1;
	count(s, &d->targets);
	return 0;
}

int counters_highest(int64_t *out, const struct workspace *ws,
                     const char *product, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "metadata");
	struct search s = {.ws = ws, .highest = -1};

	(void)snprintf(s.role, sizeof(s.role), "releases.%s", product);
	if (fs_exists(dir) && fs_list(dir, read_one, &s, e) != 0)
		return -1;
	*out = s.highest;
	return 0;
}
