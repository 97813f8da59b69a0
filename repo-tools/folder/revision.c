#include "config.h"

#include "repo-tools/folder/revision.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#include <string.h>

struct revisions {
	const char *start; /* "spring." */
	int64_t highest;
};

static void note_revision(struct revisions *r, const char *name)
{
	size_t n = strlen(r->start);
	char digits[24];
	int64_t rev;

	if (strncmp(name, r->start, n) != 0)
		return;
	(void)snprintf(digits, sizeof(digits), "%.*s",
	               (int)strcspn(name + n, "."), name + n);
	if (num_i64(&rev, digits, 1, INT32_MAX, "rev", NULL) == 0 &&
	    rev > r->highest)
		r->highest = rev;
}

static int note_file(void *ctx, const char *name, struct err *e)
{
	(void)e;
	note_revision(ctx, name);
	return 0;
}

int revision_highest(int64_t *out, const struct workspace *ws,
                     const char *product, const char *id,
                     const struct tuf_targets *t, struct err *e)
{
	SCOPED(free)
	char *dir = workspace_path(ws, "targets/plan/%s", product);
	SCOPED(free)
	char *start = xasprintf("%s.", id);
	struct revisions r = {start, 0};

	if (fs_exists(dir) && fs_list(dir, note_file, &r, e) != 0)
		return -1;
	for (size_t i = 0; t != NULL && i < t->n_targets; i++)
		note_revision(&r, strrchr(t->targets[i].path, '/') + 1);
	*out = r.highest;
	return 0;
}
