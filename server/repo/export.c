#include "config.h"

#include "server/repo/export.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* For whom a web server runs. */
#define FILE_MODE 0644
#define DIR_MODE 0755
#define METADATA_MAX ((size_t)64 << 20)
#define CHUNK ((size_t)1 << 16)

struct tree {
	const char *dir;
	const struct blobs *blobs;
	const atomic_bool *stop; /* NULL: nothing stops it */
};

static int check_stop(const struct tree *t, struct err *e)
{
	if (t->stop == NULL || !*t->stop)
		return 0;
	return err_code(e, ERR_BUSY, "export_stopped",
	                "%s: stopped before it was current", t->dir);
}

/* ---- Targets ---- */

/* DIR/targets/name with the folders it needs. */
static int target_path(char **out, const struct tree *t, const char *name,
                       struct err *e)
{
	SCOPED(free)
	char *path = xasprintf("%s/targets/%s", t->dir, name);
	char *slash = strrchr(path, '/');

	*slash = '\0';
	if (fs_mkdirs(path, DIR_MODE, e) != 0)
		return -1;
	*slash = '/';
	*out = MOVE(path);
	return 0;
}

/* The name holds the hash of the bytes, and a file appears whole. */
static bool is_there(const char *path, int64_t length)
{
	int64_t have = -1;

	return fs_size(&have, path, NULL) == 0 && have == length;
}

static int pour(const struct tree *t, int from, int to, const char *path,
                struct err *e)
{
	SCOPED(free)
	char *chunk = xmalloc(CHUNK);
	ssize_t n;

	while ((n = read(from, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s: read", path);
		if (check_stop(t, e) != 0 ||
		    fs_write_all(to, chunk, (size_t)n, path, e) != 0)
			return -1;
	}
	return fs_sync(to, path, e);
}

static int copy_blob(const struct tree *t, const char *path, const char *temp,
                     const char *sha256, struct err *e)
{
	SCOPED(close)
	int from = blobs_fd(t->blobs, sha256, e);

	if (from < 0)
		return -1;
	(void)unlink(temp); /* left by a stop */
	SCOPED(close)
	int to =
		open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	             FILE_MODE);
	if (to < 0)
		return err_errno(e, errno, "%s", temp);
	if (pour(t, from, to, temp, e) != 0 || fs_rename(temp, path, e) != 0)
		return -1;
	return fs_sync_dir_of(path, e);
}

/* No target's own name in the copy, which begins with a hash; and short: that
 * may be as long as a folder takes. One is enough, the folder is locked. */
static char *temp_beside(const char *path)
{
	return xasprintf("%.*s/.unfinished", (int)(strrchr(path, '/') - path),
	                 path);
}

static int put_target(const struct tree *t, const char *name,
                      const char *sha256, int64_t length, struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (check_stop(t, e) != 0 || target_path(&path, t, name, e) != 0)
		return -1;
	if (is_there(path, length))
		return 0;
	SCOPED(free)
	char *temp = temp_beside(path);
	if (copy_blob(t, path, temp, sha256, e) == 0)
		return 0;
	(void)unlink(temp);
	return -1;
}

static int put_state(const struct tree *t, const struct state_file *s,
                     struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (target_path(&path, t, s->name, e) != 0)
		return -1;
	return is_there(path, (int64_t)s->len)
	               ? 0
	               : fs_write(path, s->bytes, s->len, FILE_MODE, e);
}

/* ---- Metadata ---- */

/* A name with a version has one content for ever. */
static int put_file(const struct tree *t, const struct file *f, struct err *e)
{
	SCOPED(free)
	char *path = xasprintf("%s/metadata/%s", t->dir, f->name);
	SCOPED(buf_fini)
	struct buf have = BUF_INIT(METADATA_MAX);

	if (!fs_exists(path))
		return fs_write(path, f->bytes, f->len, FILE_MODE, e);
	if (fs_read(&have, path, e) != 0)
		return -1;
	if (have.len == f->len && memcmp(buf_str(&have), f->bytes, f->len) == 0)
		return 0;
	return err_code(e, ERR_CONFLICT, "reissued",
	                "%s: stands there with other bytes", path);
}

/* Never back: clients that saw the newer one would refuse this. */
static int check_not_newer(const char *path, int64_t version, struct err *e)
{
	SCOPED(buf_fini)
	struct buf have = BUF_INIT(TUF_TIMESTAMP_MAX);
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};

	if (!fs_exists(path))
		return 0;
	if (fs_read(&have, path, e) != 0 ||
	    tuf_envelope_parse(&env, TUF_TIMESTAMP, path, buf_str(&have),
	                       have.len, e) != 0)
		return -1;
	if (env.version > version)
		return err_code(e, ERR_CONFLICT, "export_newer",
		                "%s: is version %" PRId64
		                ", this server has %" PRId64,
		                path, env.version, version);
	return 0;
}

static int put_timestamp(const struct tree *t, const struct file *f,
                         struct err *e)
{
	SCOPED(free)
	char *path = xasprintf("%s/metadata/timestamp.json", t->dir);
	SCOPED(buf_fini)
	struct buf have = BUF_INIT(TUF_TIMESTAMP_MAX);

	if (fs_exists(path) && fs_read(&have, path, e) == 0 &&
	    have.len == f->len && memcmp(buf_str(&have), f->bytes, f->len) == 0)
		return 0;
	return fs_write(path, f->bytes, f->len, FILE_MODE, e);
}

/* The order in which roles appear; the same rank in any order. */
enum rank {
	RANK_DELEGATED,
	RANK_TARGETS,
	RANK_SNAPSHOT,
	RANK_ROOT,
	RANK_TIMESTAMP,
	RANKS
};

static enum rank rank_of(const struct file *f)
{
	if (strcmp(f->role, "targets") == 0)
		return RANK_TARGETS;
	if (strcmp(f->role, "snapshot") == 0)
		return RANK_SNAPSHOT;
	if (strcmp(f->role, "root") == 0)
		return RANK_ROOT;
	return strcmp(f->role, "timestamp") == 0 ? RANK_TIMESTAMP
	                                         : RANK_DELEGATED;
}

/* Roots appear from the lowest: each is reached by the one before it. */
static int by_version(const void *a, const void *b)
{
	const struct file *const *x = a, *const *y = b;

	return (*x)->version < (*y)->version   ? -1
	       : (*x)->version > (*y)->version ? 1
	                                       : 0;
}

static int put_metadata(const struct tree *t, struct file **files, size_t n,
                        struct err *e)
{
	qsort(files, n, sizeof(struct file *), by_version);
	for (int rank = RANK_DELEGATED; rank < RANKS; rank++)
		for (size_t i = 0; i < n; i++) {
			const struct file *f = files[i];

			if ((int)rank_of(f) != rank)
				continue;
			if ((rank == RANK_TIMESTAMP ? put_timestamp(t, f, e)
			                            : put_file(t, f, e)) != 0)
				return -1;
		}
	return 0;
}

/* Until the descriptor is closed. A file system that knows no locks gives
 * none: there it is the administrator who starts only one. */
static int lock_tree(int *out, const struct tree *t, struct err *e)
{
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, errno, "%s", t->dir);
	*out = fd;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return err_code(e, ERR_CONFLICT, "in_use",
		                "%s: another process is writing a copy there",
		                t->dir);
	return 0;
}

/* *lock: closed by the caller, when all is written. */
static int begin(int *lock, const struct tree *t, int64_t timestamp,
                 struct err *e)
{
	SCOPED(free)
	char *metadata = fs_join(t->dir, "metadata");
	SCOPED(free)
	char *targets = fs_join(t->dir, "targets");
	SCOPED(free)
	char *now = fs_join(metadata, "timestamp.json");

	if (fs_mkdirs(metadata, DIR_MODE, e) != 0 ||
	    fs_mkdirs(targets, DIR_MODE, e) != 0 || lock_tree(lock, t, e) != 0)
		return -1;
	return check_not_newer(now, timestamp, e);
}

/* What a role lists, from the blob store. */
static int put_entries(const struct tree *t, const char *from,
                       const struct tuf_targets *role, struct err *e)
{
	for (size_t i = 0; i < role->n_targets; i++) {
		const struct tuf_target *x = &role->targets[i];
		SCOPED(free)
		char *name = set_target_name(x->path, x->sha256);

		if (put_target(t, name, x->sha256, x->length, e) != 0) {
			err_context(e, "%s: %s", from, x->path);
			return -1;
		}
	}
	return 0;
}

static int put_listed(const struct tree *t, const struct file *f, struct err *e)
{
	SCOPED(tuf_envelope_fini)
	struct tuf_envelope env = {0};
	SCOPED(tuf_targets_fini)
	struct tuf_targets role = {0};

	if (tuf_envelope_parse(&env, TUF_TARGETS, f->name, f->bytes, f->len,
	                       e) != 0 ||
	    tuf_targets_parse(&role, f->role, &env, e) != 0)
		return -1;
	return put_entries(t, f->name, &role, e);
}

/* ---- From a view ---- */

static int put_targets_of(const struct tree *t, const struct view *v,
                          bool set_done, struct err *e)
{
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);

	for (size_t i = 0; !set_done && i < s->n_roles; i++)
		if (put_entries(t, s->roles[i].name, &s->roles[i].targets, e) !=
		    0)
			return -1;
	for (size_t i = 0; i < o->n_states; i++)
		if (put_state(t, &o->states[i], e) != 0)
			return -1;
	/* One that was read back at a start has them as blobs only. */
	for (size_t i = 0; o->n_states == 0 && i < o->n_files; i++)
		if (rank_of(o->files[i]) == RANK_DELEGATED &&
		    put_listed(t, o->files[i], e) != 0)
			return -1;
	return 0;
}

int export_view(const char *dir, const struct view *v, bool set_done,
                const struct blobs *blobs, const atomic_bool *stop,
                struct err *e)
{
	const struct tree t = {dir, blobs, stop};
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);
	SCOPED(free)
	struct file **files =
		xcalloc(s->n_roots + s->n_roles + s->n_retired + o->n_files,
	                sizeof(struct file *));
	SCOPED(close)
	int lock = -1;
	size_t n = 0;

	for (size_t i = 0; !set_done && i < s->n_roots; i++)
		files[n++] = s->roots[i];
	for (size_t i = 0; !set_done && i < s->n_roles; i++)
		files[n++] = s->roles[i].file;
	/* The snapshot still lists them. */
	for (size_t i = 0; !set_done && i < s->n_retired; i++)
		files[n++] = s->retired[i];
	for (size_t i = 0; i < o->n_files; i++)
		files[n++] = o->files[i];
	if (begin(&lock, &t, o->timestamp_version, e) != 0 ||
	    put_targets_of(&t, v, set_done, e) != 0)
		return -1;
	return put_metadata(&t, files, n, e);
}

static bool metadata_stands(const char *dir, const struct file *f)
{
	SCOPED(free)
	char *path = xasprintf("%s/metadata/%s", dir, f->name);

	return is_there(path, (int64_t)f->len);
}

static bool target_stands(const char *dir, const char *name, int64_t length)
{
	SCOPED(free)
	char *path = xasprintf("%s/targets/%s", dir, name);

	return is_there(path, length);
}

static bool role_stands(const char *dir, const struct set_role *r)
{
	const struct tuf_target *first = r->targets.targets;

	if (!metadata_stands(dir, r->file))
		return false;
	if (r->targets.n_targets == 0)
		return true;
	SCOPED(free)
	char *name = set_target_name(first->path, first->sha256);
	return target_stands(dir, name, first->length);
}

bool export_stands(const char *dir, const struct view *v)
{
	const struct set *s = view_set(v);
	const struct online *o = view_online(v);

	for (size_t i = 0; i < s->n_roots; i++)
		if (!metadata_stands(dir, s->roots[i]))
			return false;
	for (size_t i = 0; i < s->n_roles; i++)
		if (!role_stands(dir, &s->roles[i]))
			return false;
	for (size_t i = 0; i < o->n_files; i++)
		if (!metadata_stands(dir, o->files[i]))
			return false;
	for (size_t i = 0; i < o->n_states; i++)
		if (!target_stands(dir, o->states[i].name,
		                   (int64_t)o->states[i].len))
			return false;
	return true;
}

/* ---- From files ---- */

int export_files(const char *dir, struct file *const *files, size_t n,
                 const struct blobs *blobs, struct err *e)
{
	const struct tree t = {dir, blobs, NULL};
	SCOPED(close)
	int lock = -1;
	SCOPED(free)
	struct file **sorted = xcalloc(n, sizeof(struct file *));
	const struct file *timestamp = NULL;

	for (size_t i = 0; i < n; i++) {
		sorted[i] = files[i];
		if (rank_of(files[i]) == RANK_TIMESTAMP)
			timestamp = files[i];
	}
	if (timestamp == NULL)
		return err_code(e, ERR_NOT_FOUND, "nothing_published",
		                "nothing was ever published here");
	if (begin(&lock, &t, timestamp->version, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rank_of(files[i]) <= RANK_TARGETS &&
		    put_listed(&t, files[i], e) != 0)
			return -1;
	return put_metadata(&t, sorted, n, e);
}
