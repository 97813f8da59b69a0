#include "config.h"

#include "get/store.h"

#include "get/name.h"
#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "lib/tuf/rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not *.json: everything of that name is metadata. */
#define LOCK_NAME "lock"
#define TEMP_SUFFIX ".tmp"

static char *role_path(const struct store *s, const char *role)
{
	char name[GET_NAME_SIZE];

	get_name(name, role);
	return xasprintf("%s/%s.json", s->dir, name);
}

static int lock(struct store *s, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(s->dir, LOCK_NAME);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int result;

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	do
		result = flock(fd, LOCK_EX);
	while (result != 0 && errno == EINTR);
	if (result != 0) {
		(void)err_errno(e, errno, "%s: lock", path);
		(void)close(fd);
		return -1;
	}
	s->lock_fd = fd;
	return 0;
}

static void unlock(struct store *s)
{
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	s->lock_fd = -1;
}

/* The lock's file is a byte long while the folder may hold what is not flushed
 * yet. A killed process leaves it so, in the same cache as what it had
 * written; once the power failed there is nothing left to flush. A length
 * without content takes no space: a full disk does not stop a drop. */
static int mark(const struct store *s, struct err *e)
{
	return ftruncate(s->lock_fd, 1) == 0
	               ? 0
	               : err_errno(e, errno, "%s/" LOCK_NAME, s->dir);
}

static void unmark(const struct store *s)
{
	if (ftruncate(s->lock_fd, 0) != 0)
		return; /* the next process flushes once more */
}

static bool is_marked(const struct store *s)
{
	struct stat st;

	return fstat(s->lock_fd, &st) != 0 || st.st_size != 0;
}

/* What a killed process had written: what this one goes by and tells of must
 * not go back when the power fails. */
static int settle(const struct store *s, const char *path, struct err *e)
{
	if (!is_marked(s))
		return 0;
	if (fs_sync_dir_of(path, e) != 0)
		return -1;
	unmark(s);
	return 0;
}

/* What a killed process was writing: nobody else does while we hold the
 * lock. */
static int sweep(void *ctx, const char *name, struct err *e)
{
	const struct store *s = ctx;
	size_t len = strlen(name);
	SCOPED(free)
	char *path = NULL;

	(void)e;
	if ((strstr(name, ".json.") == NULL &&
	     strncmp(name, ROTATION_NAME ".", sizeof(ROTATION_NAME)) != 0) ||
	    len < strlen(TEMP_SUFFIX) ||
	    strcmp(name + len - strlen(TEMP_SUFFIX), TEMP_SUFFIX) != 0)
		return 0;
	path = fs_join(s->dir, name);
	return fs_remove(path, e);
}

int store_open(struct store *out, const char *dir, struct err *e)
{
	SCOPED(free)
	char *root = NULL;

	*out = (struct store){.dir = xstrdup(dir), .lock_fd = -1};
	root = role_path(out, "root");
	if (!fs_exists(root)) {
		(void)err_code(e, ERR_NOT_FOUND, "no_store",
		               "%s: no trusted root; begin with "
		               "pawl-get --metadata-dir DIR init ROOT",
		               dir);
	} else if (lock(out, e) == 0 && fs_list(dir, sweep, out, e) == 0 &&
	           settle(out, root, e) == 0 && rotation_end(dir, e) == 0) {
		return 0;
	}
	store_close(out);
	return -1;
}

void store_close(struct store *s)
{
	if (s->dir == NULL)
		return;
	unlock(s);
	free(s->dir);
	s->dir = NULL;
}

/* A fingerprint of what rollback is measured against (TUF 5.3 to 5.5). */
static void look(char out[SHA256_HEX_SIZE], const struct store *s)
{
	static const char *const anchors[] = {"root", "timestamp", "snapshot"};
	SCOPED(hash_free)
	struct hash *h = hash_new(HASH_SHA256);
	uint8_t digest[SHA256_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(anchors); i++) {
		SCOPED(buf_fini)
		struct buf b = BUF_INIT(TUF_SNAPSHOT_MAX);
		char one[SHA256_HEX_SIZE] = "none";

		if (store_load(s, anchors[i], &b, NULL) == 0)
			hash_sha256_hex(one, buf_str(&b), b.len);
		hash_update(h, one, strlen(one));
	}
	hash_final(h, digest);
	hex_encode(out, digest, sizeof(digest));
}

void store_release(struct store *s)
{
	look(s->seen, s);
	unlock(s);
}

int store_resume(struct store *s, struct err *e)
{
	char now[sizeof(s->seen)];

	if (lock(s, e) != 0)
		return -1;
	look(now, s);
	s->overtaken = s->overtaken || strcmp(now, s->seen) != 0;
	return 0;
}

int store_load(const struct store *s, const char *role, struct buf *out,
               struct err *e)
{
	SCOPED(free)
	char *path = role_path(s, role);

	return fs_read(out, path, e);
}

int store_save(struct store *s, const char *role, const void *bytes, size_t len,
               struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (s->overtaken)
		return 0;
	path = role_path(s, role);
	if (mark(s, e) != 0 || fs_write(path, bytes, len, 0644, e) != 0)
		return -1;
	unmark(s);
	return 0;
}

int store_rotate(struct store *s, struct err *e)
{
	if (s->overtaken)
		return 0;
	return mark(s, e) != 0 ? -1 : rotation_begin(s->dir, e);
}

int store_drop(struct store *s, const char *role, struct err *e)
{
	SCOPED(free)
	char *path = NULL;

	if (s->overtaken)
		return 0;
	path = role_path(s, role);
	if (rotation_end(s->dir, e) != 0)
		return -1;
	if (!fs_exists(path))
		return 0;
	if (mark(s, e) != 0 || fs_remove(path, e) != 0 ||
	    fs_sync_dir_of(path, e) != 0)
		return -1;
	unmark(s);
	return 0;
}

/* TUF 5.2: what everything hangs on is looked at before it is kept. */
static int check_root(const void *root, size_t len, struct err *e)
{
	SCOPED(trust_free)
	struct trust *t = trust_new(root, len, 0, NULL, e);

	return t != NULL ? 0 : -1;
}

int store_init(const char *dir, const char *name, const void *root, size_t len,
               struct err *e)
{
	SCOPED(store_close)
	struct store s = {.lock_fd = -1};
	SCOPED(buf_fini)
	struct buf old = BUF_INIT(TUF_ROOT_MAX);
	SCOPED(free)
	char *path = NULL;
	struct err why = {0};

	if (check_root(root, len, e) != 0) {
		err_context(e, "%s", name);
		return -1;
	}
	if (fs_mkdirs(dir, 0755, e) != 0)
		return -1;
	s.dir = xstrdup(dir);
	path = role_path(&s, "root");
	/* "It is there" stays true when the power fails, whoever wrote it. */
	if (lock(&s, e) != 0 || settle(&s, path, e) != 0)
		return -1;
	if (store_load(&s, "root", &old, &why) != 0) {
		if (why.kind == ERR_NOT_FOUND)
			return store_save(&s, "root", root, len, e);
		if (e != NULL)
			*e = why;
		return -1;
	}
	if (old.len == len && memcmp(buf_str(&old), root, len) == 0)
		return 0;
	return err_set(e, ERR_CONFLICT,
	               "%s: trusts another root already; a new store needs "
	               "an empty folder",
	               dir);
}
