/*
 * First all bytes, then all flushes of bytes, then all names, then one flush
 * of each folder: a name never stands before bytes that might still be lost.
 *
 * Flushes wait for the disk, one after the other for as long each. Several
 * threads that ask at once are answered by few requests to it: 256 files of
 * 50 KB took 0.8 s one by one, 0.05 s with eight threads.
 */
#include "config.h"

#include "lib/base/fs_batch.h"

#include "lib/base/crew.h"
#include "lib/base/fs_internal.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* They only wait, so it is not processors that count. Fewer files are not
 * worth a thread. */
#define FILES_PER_THREAD 4
#define THREADS_MAX 8

static void forget(struct fs_batch_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	if (f->temp != NULL)
		(void)unlink(f->temp);
	free(f->temp);
	free(f->path);
}

void fs_batch_fini(struct fs_batch *b)
{
	for (size_t i = 0; i < b->len; i++)
		forget(&b->files[i]);
	b->len = 0;
}

/* A path that is in the batch would have the same temporary file. */
static bool has_room(const struct fs_batch *b, const char *path)
{
	for (size_t i = 0; i < b->len; i++)
		if (strcmp(b->files[i].path, path) == 0)
			return false;
	return b->len < FS_BATCH_MAX;
}

/* No more descriptors, of this process or of the machine: those held here are
 * the first to give back. */
static int open_temp(struct fs_batch *b, const char *temp, mode_t mode,
                     struct err *e)
{
	int fd = fs_open_new(temp, mode, e);

	if (fd >= 0 || b->len == 0 || (errno != EMFILE && errno != ENFILE))
		return fd;
	return fs_batch_commit(b, e) == 0 ? fs_open_new(temp, mode, e) : -1;
}

static int add(struct fs_batch *b, const char *path, bool is_new,
               const void *bytes, size_t n, mode_t mode, struct err *e)
{
	struct fs_batch_file f = {.is_new = is_new};

	if (!has_room(b, path) && fs_batch_commit(b, e) != 0)
		return -1;
	f.temp = fs_temp_beside(path);
	f.fd = open_temp(b, f.temp, mode, e);
	if (f.fd < 0) {
		free(f.temp);
		return -1;
	}
	f.path = xstrdup(path);
	if (fs_write_all(f.fd, bytes, n, f.temp, e) != 0) {
		forget(&f);
		return -1;
	}
	/* The disk may begin while we think about the next one. Only a hint:
	 * what counts is the flush. */
	(void)sync_file_range(f.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	b->files[b->len++] = f;
	return 0;
}

int fs_batch_write(struct fs_batch *b, const char *path, const void *bytes,
                   size_t n, mode_t mode, struct err *e)
{
	return add(b, path, false, bytes, n, mode, e);
}

int fs_batch_create(struct fs_batch *b, const char *path, const void *bytes,
                    size_t n, mode_t mode, struct err *e)
{
	return add(b, path, true, bytes, n, mode, e);
}

/* ---- Bytes ---- */

static int flush_one(void *ctx, size_t i, struct err *e)
{
	const struct fs_batch *b = ctx;

	if (fsync(b->files[i].fd) != 0)
		return err_errno(e, errno, "%s: fsync", b->files[i].temp);
	return 0;
}

static int flush_bytes(struct fs_batch *b, struct err *e)
{
	size_t threads = b->len / FILES_PER_THREAD;

	for (size_t i = 0; i < b->len; i++)
		if (!fs_allowed(FS_SYNC, b->files[i].temp))
			return err_errno(e, errno, "%s: fsync",
			                 b->files[i].temp);
	return crew_run(flush_one, b, b->len,
	                threads < THREADS_MAX ? threads : THREADS_MAX, e);
}

/* ---- Names ---- */

static int give_name(struct fs_batch_file *f, struct err *e)
{
	if (f->is_new) {
		SCOPED(free)
		char *temp = MOVE(f->temp);

		return fs_name_new(temp, f->path, e);
	}
	if (fs_rename(f->temp, f->path, e) != 0)
		return -1;
	free(f->temp);
	f->temp = NULL;
	return 0;
}

static bool same_folder(const char *a, const char *b)
{
	const char *end = strrchr(a, '/'), *other = strrchr(b, '/');
	size_t n = end != NULL ? (size_t)(end - a) : 0;

	return n == (other != NULL ? (size_t)(other - b) : 0) &&
	       strncmp(a, b, n) == 0;
}

static int flush_folders(const struct fs_batch *b, struct err *e)
{
	for (size_t i = 0; i < b->len; i++) {
		bool done = false;

		for (size_t k = 0; k < i && !done; k++)
			done = same_folder(b->files[k].path, b->files[i].path);
		if (!done && fs_sync_dir_of(b->files[i].path, e) != 0)
			return -1;
	}
	return 0;
}

/* Flushing a folder takes a descriptor, which may be the last one. */
static void close_all(struct fs_batch *b)
{
	for (size_t i = 0; i < b->len; i++) {
		(void)close(b->files[i].fd);
		b->files[i].fd = -1;
	}
}

int fs_batch_commit(struct fs_batch *b, struct err *e)
{
	int result = flush_bytes(b, e);

	close_all(b);
	for (size_t i = 0; result == 0 && i < b->len; i++)
		result = give_name(&b->files[i], e);
	if (result == 0)
		result = flush_folders(b, e);
	fs_batch_fini(b);
	return result;
}
