#include "config.h"

#include "server/repo/blobs.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

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

void blobs_open_readonly(struct blobs *b, const char *dir)
{
	*b = (struct blobs){.dir = xstrdup(dir)};
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

/* All of `from` into a fresh file, synced. */
static int copy_upload(int from, const char *to, struct err *e)
{
	SCOPED(close)
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	              0640);
	SCOPED(free)
	char *chunk = xmalloc(1 << 16);
	off_t at = 0;
	ssize_t n;

	if (fd < 0)
		return err_errno(e, errno, "%s", to);
	while ((n = pread(from, chunk, 1 << 16, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "upload: read");
		if (fs_write_all(fd, chunk, (size_t)n, to, e) != 0)
			return -1;
		at += n;
	}
	return fs_sync(fd, to, e);
}

/* What is vouched for is what the disk gives back, not what memory held. */
static int check_and_name(struct blobs *b, const char *upload, const char *want,
                          int64_t *out_length, struct err *e)
{
	SCOPED(free)
	char *path = path_of(b, want);
	char got[SHA256_HEX_SIZE];

	if (hash_file(got, out_length, upload, e) != 0)
		return -1;
	if (strcmp(got, want) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "blob %s: the bytes have sha256 %s", want, got);
	return make_folder(b, want, e) != 0 ? -1 : fs_rename(upload, path, e);
}

int blobs_adopt(struct blobs *b, int fd, const char *want_sha256,
                int64_t *out_length, struct err *e)
{
	if (check_name(want_sha256, e) != 0)
		return -1;
	SCOPED(free)
	char *upload = xasprintf("%s/spool/%" PRIu64, b->dir, b->uploads++);
	if (copy_upload(fd, upload, e) == 0 &&
	    check_and_name(b, upload, want_sha256, out_length, e) == 0)
		return 0;
	(void)unlink(upload);
	return -1;
}

int blobs_settle(const struct blobs *b, const char *const *sha256, size_t n,
                 struct err *e)
{
	bool done[256] = {false};

	for (size_t i = 0; i < n; i++) {
		uint8_t hash[SHA256_SIZE];

		if (check_name(sha256[i], e) != 0 ||
		    hex_decode(hash, sizeof(hash), sha256[i]) != 0)
			return -1;
		if (done[hash[0]])
			continue;
		SCOPED(free)
		char *path = path_of(b, sha256[i]);
		if (fs_sync_dir_of(path, e) != 0)
			return -1;
		done[hash[0]] = true;
	}
	if (n == 0)
		return 0;
	SCOPED(free)
	char *folder = fs_join(b->dir, "");
	return fs_sync_dir_of(folder, e);
}

int blobs_keep(struct blobs *b, int fd, const char *want_sha256,
               int64_t *out_length, struct err *e)
{
	if (blobs_adopt(b, fd, want_sha256, out_length, e) != 0)
		return -1;
	return blobs_settle(b, &want_sha256, 1, e);
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

int blobs_check(const struct blobs *b, const char *sha256, int64_t *out_length,
                struct err *e)
{
	char got[SHA256_HEX_SIZE];

	if (check_name(sha256, e) != 0)
		return -1;
	SCOPED(free)
	char *path = path_of(b, sha256);
	if (hash_file(got, out_length, path, e) != 0)
		return -1;
	if (strcmp(got, sha256) != 0)
		return err_code(e, ERR_UNTRUSTED, "mismatch",
		                "blob %s: the disk gives back sha256 %s",
		                sha256, got);
	return 0;
}
