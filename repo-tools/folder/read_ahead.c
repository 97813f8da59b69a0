#include "config.h"

#include "repo-tools/folder/read_ahead.h"

#include "lib/base/crew.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* Files that are worth a thread. */
#define FILES_PER_THREAD 8

void read_ahead_fini(struct read_ahead *a)
{
	for (size_t i = 0; i < a->len; i++) {
		role_doc_free(a->items[i].doc);
		buf_fini(&a->items[i].bytes);
		free(a->items[i].path);
	}
	free(a->items);
	strmap_fini(&a->by_path);
	*a = (struct read_ahead){0};
}

void read_ahead_add(struct read_ahead *a, char *path, const char *role,
                    const struct tuf_quorum *by)
{
	struct read_ahead_file f = {.path = path, .has_quorum = by != NULL};

	buf_init(&f.bytes, role_doc_max(role));
	if (!fs_exists(path) || fs_read(&f.bytes, path, NULL) != 0) {
		buf_fini(&f.bytes);
		free(path);
		return;
	}
	(void)snprintf(f.role, sizeof(f.role), "%s", role);
	if (by != NULL)
		f.by = *by;
	VEC_GROW(a);
	strmap_put(&a->by_path, path, a->len);
	a->items[a->len++] = f;
}

/* What is wrong with it is said by whoever reads it. */
static int parse_one(void *ctx, size_t i, struct err *e)
{
	struct read_ahead *a = ctx;
	struct read_ahead_file *f = &a->items[a->parsed + i];

	(void)e;
	if (role_doc_take_buf(&f->doc, f->path, f->role, &f->bytes, NULL) ==
	            0 &&
	    f->has_quorum)
		(void)!role_doc_check(f->doc, &f->by, NULL);
	return 0;
}

void read_ahead_run(struct read_ahead *a)
{
	size_t n = a->len - a->parsed;

	(void)!crew_run(parse_one, a, n, crew_size(n, FILES_PER_THREAD), NULL);
	a->parsed = a->len;
}

struct role_doc *read_ahead_take(const struct read_ahead *a, const char *path)
{
	size_t i;

	return strmap_get(&a->by_path, path, &i) ? MOVE(a->items[i].doc) : NULL;
}
