#include "config.h"

#include "server/repo/blobs.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

static int drop_spooled(void *ctx, const char *name, struct err *e)
{
	SCOPED(free)
	char *path = fs_join(ctx, name);

	return fs_remove(path, e);
}

int blobs_open(struct blobs *b, const char *dir, struct err *e)
{
	SCOPED(free)
	char *spool = fs_join(dir, "spool");

	b->dir = NULL;
	if (fs_mkdirs(dir, 0750, e) != 0 || fs_mkdir(spool, 0750, e) != 0)
		return -1;
	/* What a killed process was receiving: nobody was told it is kept. */
	if (fs_list(spool, drop_spooled, spool, e) != 0)
		return -1;
	b->dir = xstrdup(dir);
	return 0;
}

void blobs_close(struct blobs *b)
{
	free(b->dir);
	b->dir = NULL;
}

/* dir/ab/abcd…; the caller has checked that sha256 is 64 hex digits. */
static char *path_of(const struct blobs *b, const char *sha256)
{
	return xasprintf("%s/%.2s/%s", b->dir, sha256, sha256);
}

static int check_name(const char *sha256, struct err *e)
{
	if (!is_hex(sha256, 2 * SHA256_SIZE))
		return err_set(e, ERR_INVALID,
		               "blob '%.80s': 64 lower-case hex digits are "
		               "needed",
		               sha256);
	return 0;
}

static int make_folder(const struct blobs *b, const char *sha256, struct err *e)
{
	SCOPED(free)
	char *dir = xasprintf("%s/%.2s", b->dir, sha256);

	return fs_mkdir(dir, 0750, e);
}

static int sync_file(const char *path, struct err *e)
{
	SCOPED(close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	return fs_sync(fd, path, e);
}

static int adopt(struct blobs *b, const char *spooled, const char *want,
                 int64_t *out_length, struct err *e)
{
	SCOPED(free)
	char *path = path_of(b, want);
	char got[SHA256_HEX_SIZE];

	/* Synced first and hashed from the file: what is vouched for is what
	 * the disk gives back, not what memory held. */
	if (sync_file(spooled, e) != 0 ||
	    hash_file(got, out_length, spooled, e) != 0)
		return -1;
	if (strcmp(got, want) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "blob %s: the bytes have sha256 %s", want, got);
	if (make_folder(b, want, e) != 0 || fs_rename(spooled, path, e) != 0)
		return -1;
	return fs_sync_dir_of(path, e);
}

int blobs_adopt(struct blobs *b, const char *spooled, const char *want_sha256,
                int64_t *out_length, struct err *e)
{
	int result = check_name(want_sha256, e);

	if (result == 0)
		result = adopt(b, spooled, want_sha256, out_length, e);
	(void)fs_remove(spooled, NULL);
	return result;
}

int blobs_put(struct blobs *b, const void *bytes, size_t n,
              const char *want_sha256, struct err *e)
{
	char got[SHA256_HEX_SIZE];

	if (check_name(want_sha256, e) != 0)
		return -1;
	hash_sha256_hex(got, bytes, n);
	if (strcmp(got, want_sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "blob %s: the bytes have sha256 %s",
		                want_sha256, got);
	SCOPED(free)
	char *path = path_of(b, want_sha256);
	if (make_folder(b, want_sha256, e) != 0)
		return -1;
	return fs_write(path, bytes, n, 0640, e);
}

int blobs_size(const struct blobs *b, const char *sha256, int64_t *out_length,
               struct err *e)
{
	if (check_name(sha256, e) != 0)
		return -1;
	SCOPED(free)
	char *path = path_of(b, sha256);
	return fs_size(out_length, path, e);
}

int blobs_fd(const struct blobs *b, const char *sha256, struct err *e)
{
	int fd;

	if (check_name(sha256, e) != 0)
		return -1;
	SCOPED(free)
	char *path = path_of(b, sha256);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, errno, "blob %s", sha256);
	return fd;
}

int blobs_read(const struct blobs *b, const char *sha256, struct buf *out,
               struct err *e)
{
	char got[SHA256_HEX_SIZE];
	size_t before = out->len;

	if (check_name(sha256, e) != 0)
		return -1;
	SCOPED(free)
	char *path = path_of(b, sha256);
	if (fs_read(out, path, e) != 0)
		return -1;
	hash_sha256_hex(got, buf_str(out) + before, out->len - before);
	if (strcmp(got, sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "blob %s: the disk gives back sha256 %s",
		                sha256, got);
	return 0;
}

char *blobs_spool_path(const struct blobs *b, uint64_t unique)
{
	return xasprintf("%s/spool/%" PRIu64, b->dir, unique);
}
