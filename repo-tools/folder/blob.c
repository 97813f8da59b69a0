#include "config.h"

#include "repo-tools/folder/blob.h"

#include "lib/base/fs.h"
#include "lib/base/hex.h"
#include "lib/base/mem.h"
#include "repo-tools/folder/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)1 << 16)

static int make_folder(const char *path, struct err *e)
{
	SCOPED(free)
	char *dir = xstrdup(path);

	*strrchr(dir, '/') = '\0';
	return fs_mkdirs(dir, 0755, e);
}

/* 1: the same bytes stand there, 0: nothing does, -1: others do. Whoever put
 * them there may have been killed before the name was flushed. */
static int stands_there(const char *path, const char *target,
                        const char *sha256, struct err *e)
{
	char have[SHA256_HEX_SIZE];
	int64_t length;

	if (!fs_exists(path))
		return 0;
	if (hash_file(have, &length, path, e) != 0)
		return -1;
	if (strcmp(have, sha256) == 0)
		return 1;
	return err_code(e, ERR_CONFLICT, "target_exists",
	                "targets/%s: exists with other bytes (sha256 %.16s…, "
	                "not %.16s…); a new image needs a new version, and "
	                "one that nobody ever signed can be removed",
	                target, have, sha256);
}

/* Streams in to out; hashes what was written. */
static int pour(int out, const char *out_path, int in, const char *in_path,
                char sha256[SHA256_HEX_SIZE], struct err *e)
{
	SCOPED(hash_free)
	struct hash *h = hash_new(HASH_SHA256);
	SCOPED(free)
	char *chunk = xmalloc(CHUNK_BYTES);
	uint8_t digest[SHA256_SIZE];
	ssize_t n;

	while ((n = read(in, chunk, CHUNK_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s: read", in_path);
		hash_update(h, chunk, (size_t)n);
		if (fs_write_all(out, chunk, (size_t)n, out_path, e) != 0)
			return -1;
	}
	hash_final(h, digest);
	hex_encode(sha256, digest, sizeof(digest));
	return fs_sync(out, out_path, e);
}

static int open_temp(const char *temp, struct err *e)
{
	int fd =
		open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	             0644);

	return fd >= 0 ? fd : err_errno(e, errno, "%s", temp);
}

static int write_temp(const char *temp, const struct buf *bytes, struct err *e)
{
	SCOPED(close)
	int out = open_temp(temp, e);

	if (out < 0 ||
	    fs_write_all(out, buf_str(bytes), bytes->len, temp, e) != 0)
		return -1;
	return fs_sync(out, temp, e);
}

static int copy(const char *temp, const char *source, const char *sha256,
                struct err *e)
{
	SCOPED(close)
	int in = open(source, O_RDONLY | O_CLOEXEC);
	SCOPED(close)
	int out = -1;
	char got[SHA256_HEX_SIZE];

	if (in < 0)
		return err_errno(e, errno, "%s", source);
	out = open_temp(temp, e);
	if (out < 0 || pour(out, temp, in, source, got, e) != 0)
		return -1;
	if (strcmp(got, sha256) != 0)
		return err_set(e, ERR_CONFLICT,
		               "%s: changed while it was being read", source);
	return 0;
}

int blob_copy(const struct workspace *ws, const char *source,
              const char *target, const char *sha256, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "targets/%s", target);
	SCOPED(free)
	char *temp = sweep_temp(path);
	int there;

	if (make_folder(path, e) != 0)
		return -1;
	there = stands_there(path, target, sha256, e);
	if (there != 0)
		return there < 0 ? -1 : fs_sync_dir_of(path, e);
	if (copy(temp, source, sha256, e) != 0 ||
	    fs_rename(temp, path, e) != 0) {
		(void)unlink(temp);
		return -1;
	}
	return fs_sync_dir_of(path, e);
}

int blob_write(const struct workspace *ws, const struct buf *bytes,
               const char *target, struct err *e)
{
	SCOPED(free)
	char *path = workspace_path(ws, "targets/%s", target);
	SCOPED(free)
	char *temp = sweep_temp(path);
	char sha256[SHA256_HEX_SIZE];
	int there;

	hash_sha256_hex(sha256, buf_str(bytes), bytes->len);
	if (make_folder(path, e) != 0)
		return -1;
	there = stands_there(path, target, sha256, e);
	if (there != 0)
		return there < 0 ? -1 : fs_sync_dir_of(path, e);
	if (write_temp(temp, bytes, e) != 0 || fs_rename(temp, path, e) != 0) {
		(void)unlink(temp);
		return -1;
	}
	return fs_sync_dir_of(path, e);
}
