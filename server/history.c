#include "config.h"

#include "server/history.h"

#include "lib/base/clock.h"
#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "server/repo/export.h"
#include "server/store/published.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_MAX ((size_t)64 << 20)

/* What both commands read. */
struct source {
	struct store *store;
	struct blobs blobs;
};

static int source_open(struct source *s, const char *data_dir, struct err *e)
{
	SCOPED(free)
	char *database = fs_join(data_dir, "pawl.db");
	SCOPED(free)
	char *blobs = fs_join(data_dir, "blobs");

	*s = (struct source){0};
	if (!fs_exists(database))
		return err_set(e, ERR_NOT_FOUND,
		               "%s: no database; data_dir of a server is "
		               "needed",
		               data_dir);
	if (store_open_readonly(&s->store, database, e) != 0)
		return -1;
	blobs_open_readonly(&s->blobs, blobs);
	return 0;
}

static void source_close(struct source *s)
{
	store_close(s->store);
	blobs_close(&s->blobs);
}

struct files {
	struct file **items;
	size_t len, cap;
	int64_t root_version;
};

static void files_free(struct files *l)
{
	for (size_t i = 0; i < l->len; i++)
		file_unref(l->items[i]);
	free(l->items);
}

static int add_file(void *ctx, const struct metadata_row *m, struct err *e)
{
	struct files *l = ctx;
	char name[TUF_ROLE_MAX + 32];
	struct file *f;

	if (strcmp(m->role, "timestamp") == 0)
		(void)snprintf(name, sizeof(name), "timestamp.json");
	else
		(void)snprintf(name, sizeof(name), "%" PRId64 ".%s.json",
		               m->version, m->role);
	f = file_new(name, m->version, m->bytes, m->len, e);
	if (f == NULL)
		return -1;
	if (strcmp(m->role, "root") == 0 && m->version > l->root_version)
		l->root_version = m->version;
	VEC_GROW(l);
	l->items[l->len++] = f;
	return 0;
}

/* One reading of the database, so that a publish meanwhile is seen whole or
 * not at all; then the roots before the current one. */
static int read_published(struct files *l, struct source *s, struct err *e)
{
	if (published_each(s->store, add_file, l, e) != 0)
		return -1;
	for (int64_t v = 1, last = l->root_version; v < last; v++) {
		SCOPED(buf_fini)
		struct buf bytes = BUF_INIT(METADATA_MAX);
		struct metadata_row m = {0};

		if (metadata_find(&m, &bytes, s->store, "root", v, e) != 0)
			return -1;
		m.bytes = buf_str(&bytes);
		m.len = bytes.len;
		if (add_file(l, &m, e) != 0)
			return -1;
	}
	return 0;
}

int history_export(size_t *out, const char *data_dir, const char *dir,
                   struct err *e)
{
	struct source s;
	struct files l = {0};
	int result = -1;

	if (source_open(&s, data_dir, e) == 0 && read_published(&l, &s, e) == 0)
		result = export_files(dir, l.items, l.len, &s.blobs, e);
	*out = l.len;
	files_free(&l);
	source_close(&s);
	return result;
}

/* ---- Replay ---- */

struct replaying {
	struct replay *replay;
	struct store *store;
	char (*roles)[TUF_ROLE_MAX]; /* of the database */
	bool *done;
	size_t n_roles, cap;
};

static int replay_row(void *ctx, const struct metadata_row *m, struct err *e)
{
	struct replaying *p = ctx;
	char sha256[SHA256_HEX_SIZE];

	/* The hash was written in the transaction that issued it. */
	hash_sha256_hex(sha256, m->bytes, m->len);
	if (strcmp(sha256, m->sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "reissued",
		                "%s: version %" PRId64
		                " was issued with sha256 %.16s…, its bytes "
		                "have %.16s…",
		                m->role, m->version, m->sha256, sha256);
	if (strcmp(m->role, "root") == 0)
		return replay_root(p->replay, m->bytes, m->len, e);
	return replay_role(p->replay, m->role, m->version, m->bytes, m->len, e);
}

static int replay_one(struct replaying *p, const char *role, struct err *e)
{
	for (size_t i = 0; i < p->n_roles; i++)
		if (strcmp(p->roles[i], role) == 0 && !p->done[i]) {
			p->done[i] = true;
			return metadata_each(p->store, role, replay_row, p, e);
		}
	return 0;
}

static int note_role(void *ctx, const char *role, struct err *e)
{
	struct replaying *p = ctx;

	(void)e;
	if (p->n_roles == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 64;
		p->roles = xreallocarray(p->roles, p->cap, sizeof(*p->roles));
		p->done = xreallocarray(p->done, p->cap, sizeof(*p->done));
	}
	(void)snprintf(p->roles[p->n_roles], TUF_ROLE_MAX, "%s", role);
	p->done[p->n_roles++] = false;
	return 0;
}

/* Delegators before those they delegate to; bins have no names of their own
 * in a delegation and come after; snapshots when all they list was given. */
static int replay_all(struct replaying *p, struct err *e)
{
	const char *role;

	if (metadata_roles(p->store, note_role, p, e) != 0 ||
	    replay_one(p, "root", e) != 0 || replay_one(p, "targets", e) != 0)
		return -1;
	for (size_t i = 0; (role = replay_delegated(p->replay, i)) != NULL; i++)
		if (replay_one(p, role, e) != 0)
			return -1;
	for (size_t i = 0; i < p->n_roles; i++)
		if (replay_one(p, p->roles[i], e) != 0)
			return -1;
	return 0;
}

/* The bytes behind what is published now are still those that were signed. */
static int check_blobs(struct source *s, const struct file *f, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets t = {0};

	if (strcmp(f->role, "root") == 0 || strcmp(f->role, "snapshot") == 0 ||
	    strcmp(f->role, "timestamp") == 0)
		return 0;
	if (tuf_envelope_parse(&env, TUF_TARGETS, f->name, f->bytes, f->len,
	                       e) != 0 ||
	    tuf_targets_parse(&t, f->role, &env, e) != 0)
		return -1;
	for (size_t i = 0; i < t.n_targets; i++) {
		int64_t length = 0;

		if (blobs_check(&s->blobs, t.targets[i].sha256, &length, e) !=
		    0) {
			err_context(e, "%s: %s", f->name, t.targets[i].path);
			return -1;
		}
		if (length != t.targets[i].length)
			return err_code(e, ERR_UNTRUSTED, "mismatch",
			                "%s: %s: %" PRId64
			                " bytes are stored, %" PRId64
			                " are signed",
			                f->name, t.targets[i].path, length,
			                t.targets[i].length);
	}
	return 0;
}

static int check_published(struct source *s, struct err *e)
{
	struct files l = {0};
	int result = read_published(&l, s, e);

	for (size_t i = 0; result == 0 && i < l.len; i++)
		result = check_blobs(s, l.items[i], e);
	files_free(&l);
	return result;
}

int history_verify(struct replay_counts *out, const char *data_dir,
                   struct err *e)
{
	SCOPED(replay_free)
	struct replay *replay = replay_new();
	struct source s;
	struct replaying p = {.replay = replay};
	int result = source_open(&s, data_dir, e);

	p.store = s.store;
	if (result == 0)
		result = replay_all(&p, e);
	if (result == 0)
		result = replay_end(replay, out, e);
	if (result == 0)
		result = check_published(&s, e);
	free(p.roles);
	free(p.done);
	source_close(&s);
	return result;
}
