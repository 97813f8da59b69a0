/*
 * The history of the folder, replayed: every version of every role that is
 * kept, by the keys of its time; and, with another copy beside it, that no
 * version ever had two contents.
 */
#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "lib/tuf/replay.h"
#include "repo-tools/cmd/cmd.h"
#include "repo-tools/folder/role_doc.h"
#include "repo-tools/folder/workspace.h"

#include <inttypes.h>
#include <string.h>

const struct cli_option cmd_history_options[] = {
	/* clang-format off */
	{"with", 0, "DIR", CLI_REPEATS, NULL,
	 "another copy: a repository folder, or what pawld export wrote"},
	{NULL, 0, NULL, 0, NULL, NULL},
	/* clang-format on */
};

#define FILE_MAX ((size_t)64 << 20)

struct entry {
	char role[TUF_ROLE_MAX];
	int64_t version;
	bool done;
};

struct history {
	const char *dir; /* with the files */
	struct replay *replay;
	struct {
		struct entry *items;
		size_t len, cap;
	} files;
	size_t compared;
};

static int note_file(void *ctx, const char *name, struct err *e)
{
	struct history *h = ctx;
	struct entry f = {.done = false};

	(void)e;
	if (!role_doc_file_name(&f.version, f.role, name))
		return 0;
	VEC_GROW(&h->files);
	h->files.items[h->files.len++] = f;
	return 0;
}

static int by_version(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->version < y->version ? -1 : x->version > y->version;
}

static int read_entry(struct buf *b, const struct history *h,
                      const struct entry *f, struct err *e)
{
	SCOPED(free)
	char *path = xasprintf("%s/%" PRId64 ".%s.json", h->dir, f->version,
	                       f->role);

	return fs_read(b, path, e);
}

/* All versions of one role, rising. */
static int replay_one(struct history *h, const char *role, struct err *e)
{
	for (size_t i = 0; i < h->files.len; i++) {
		struct entry *f = &h->files.items[i];
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(FILE_MAX);
		int result;

		if (f->done || strcmp(f->role, role) != 0)
			continue;
		f->done = true;
		if (read_entry(&b, h, f, e) != 0)
			return -1;
		result = strcmp(role, "root") == 0
		                 ? replay_root(h->replay, buf_str(&b), b.len, e)
		                 : replay_role(h->replay, role, f->version,
		                               buf_str(&b), b.len, e);
		if (result != 0)
			return -1;
	}
	return 0;
}

/* Delegators first; bins, which have no delegation of their own, last. */
static int replay_all(struct history *h, struct err *e)
{
	const char *role;

	if (replay_one(h, "root", e) != 0 || replay_one(h, "targets", e) != 0)
		return -1;
	for (size_t i = 0; (role = replay_delegated(h->replay, i)) != NULL; i++)
		if (replay_one(h, role, e) != 0)
			return -1;
	for (size_t i = 0; i < h->files.len; i++)
		if (replay_one(h, h->files.items[i].role, e) != 0)
			return -1;
	return 0;
}

static int compare(void *ctx, const char *name, struct err *e)
{
	struct history *h = ctx;
	struct entry f;
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(FILE_MAX);

	if (!role_doc_file_name(&f.version, f.role, name))
		return 0;
	if (read_entry(&b, h, &f, e) != 0)
		return -1;
	h->compared++;
	if (replay_seen(h->replay, f.role, f.version, buf_str(&b), b.len, e) !=
	    0) {
		err_context(e, "%s", h->dir);
		return -1;
	}
	return 0;
}

static int in_folder(struct history *h, const char *dir, fs_entry_fn *fn,
                     struct err *e)
{
	SCOPED(free)
	char *metadata = NULL;

	if (workspace_metadata_of(&metadata, dir, e) != 0)
		return -1;
	h->dir = metadata;
	return fs_list(metadata, fn, h, e);
}

static int replay_folder(struct history *h, const char *dir, struct err *e)
{
	SCOPED(free)
	char *metadata = fs_join(dir, "metadata");

	if (in_folder(h, dir, note_file, e) != 0)
		return -1;
	if (h->files.len > 0)
		qsort(h->files.items, h->files.len, sizeof(struct entry),
		      by_version);
	h->dir = metadata;
	return replay_all(h, e);
}

static int answer(const struct cli *c, const struct history *h,
                  const struct replay_counts *n, struct err *e)
{
	SCOPED(buf_fini)
	struct buf json = BUF_INIT(4096);
	struct jw w;

	if (!cli_wants_json(c)) {
		cli_print(
			c,
			"%zu versions of %zu roles checked, root 1 to %" PRId64
			": each verifies with keys of its time",
			n->versions, n->roles, n->root);
		if (h->compared > 0)
			cli_print(c, "; %zu compared, none was issued twice",
			          h->compared);
		cli_print(c, "\n");
		return 0;
	}
	jw_init(&w, &json);
	jw_object(&w);
	jw_put_str(&w, "schema", "pawl-repo-history/1");
	jw_put_int(&w, "versions", (int64_t)n->versions);
	jw_put_int(&w, "roles", (int64_t)n->roles);
	jw_put_int(&w, "root", n->root);
	jw_put_int(&w, "compared", (int64_t)h->compared);
	jw_end_object(&w);
	return cli_print_json(c, &json, e);
}

static int run(struct history *h, const struct cli *c, struct err *e)
{
	struct replay_counts n;
	const char *other;

	if (replay_folder(h, cli_get(c, "dir"), e) != 0)
		return -1;
	for (size_t i = 0; (other = cli_get_nth(c, "with", i)) != NULL; i++)
		if (in_folder(h, other, compare, e) != 0)
			return -1;
	if (replay_end(h->replay, &n, e) != 0)
		return -1;
	return answer(c, h, &n, e);
}

int cmd_history(struct cli *c, struct err *e)
{
	SCOPED(replay_free)
	struct replay *replay = replay_new();
	struct history h = {.replay = replay};
	int result = run(&h, c, e);

	free(h.files.items);
	return result;
}
