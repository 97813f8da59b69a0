#include "config.h"

#include "lib/base/fs.h"

#include "lib/base/fs_internal.h"
#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static fs_hook_fn *hook;
static void *hook_ctx;

void fs_set_hook(fs_hook_fn *fn, void *ctx)
{
	hook = fn;
	hook_ctx = ctx;
}

bool fs_allowed(enum fs_op op, const char *path)
{
	int errnum = hook != NULL ? hook(hook_ctx, op, path) : 0;

	errno = errnum;
	return errnum == 0;
}

static int open_any(const char *path, int flags, mode_t mode, enum fs_op op)
{
	int fd = -1;

	if (!fs_allowed(op, path))
		return -1;
	do
		fd = open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int open_file(const char *path, int flags, mode_t mode, enum fs_op op)
{
	return open_any(path, flags | O_NOFOLLOW, mode, op);
}

static int read_fd(struct buf *b, int fd, const char *path, struct err *e)
{
	char chunk[16384];
	ssize_t n = 0;

	do {
		if (!fs_allowed(FS_READ, path))
			n = -1;
		else
			n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s: read", path);
		buf_add(b, chunk, (size_t)n);
		if (!buf_failed(b))
			continue;
		if (b->no_memory)
			return err_set(e, ERR_MEMORY, "%s: no memory", path);
		return err_set(e, ERR_TOO_LARGE, "%s: larger than %zu bytes",
		               path, b->max_bytes);
	} while (n != 0);
	return 0;
}

int fs_read(struct buf *b, const char *path, struct err *e)
{
	SCOPED(close)
	int fd = open_file(path, O_RDONLY, 0, FS_OPEN);

	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_IO,
		               "%s: is a symbolic link, which is not followed",
		               path);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	return read_fd(b, fd, path, e);
}

int fs_read_private(struct buf *b, const char *path, struct err *e)
{
	/* O_NONBLOCK: a pipe in the file's place is refused, not waited for. */
	SCOPED(close)
	int fd = open_file(path, O_RDONLY | O_NONBLOCK, 0, FS_OPEN);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return err_code(e, ERR_FORBIDDEN, "insecure_mode",
		                "%s: is a symbolic link, a regular file is "
		                "needed",
		                path);
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_code(e, ERR_FORBIDDEN, "insecure_mode",
		                "%s: is not a regular file", path);
	if ((st.st_mode & 077) != 0)
		return err_code(e, ERR_FORBIDDEN, "insecure_mode",
		                "%s: mode is %04o, others can use it; 0600 is "
		                "needed",
		                path, (unsigned)(st.st_mode & 07777));
	return read_fd(b, fd, path, e);
}

int fs_write_all(int fd, const void *bytes, size_t n, const char *path,
                 struct err *e)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = -1;

		if (fs_allowed(FS_WRITE, path))
			put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_errno(e, errno, "%s: write", path);
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

int fs_sync(int fd, const char *path, struct err *e)
{
	if (!fs_allowed(FS_SYNC, path) || fsync(fd) != 0)
		return err_errno(e, errno, "%s: fsync", path);
	return 0;
}

/* With `ours_only`, a folder that this process may not open is passed over. */
static int sync_dir_of(const char *path, bool ours_only, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL   ? 1
	           : slash == path ? 1
	                           : (size_t)(slash - path);
	SCOPED(free)
	char *dir = xmalloc(n + 1);

	memcpy(dir, slash == NULL ? "." : path, n);
	dir[n] = '\0';
	/* A folder behind a link is where the file is: the link is no last
	 * component here. */
	SCOPED(close)
	int fd = open_any(dir, O_RDONLY | O_DIRECTORY, 0, FS_SYNC_DIR);
	if (fd < 0 && errno == EACCES && ours_only)
		return 0;
	if (fd < 0 || fsync(fd) != 0)
		return err_errno(e, errno, "%s: fsync", dir);
	return 0;
}

int fs_sync_dir_of(const char *path, struct err *e)
{
	return sync_dir_of(path, false, e);
}

int fs_rename(const char *from, const char *to, struct err *e)
{
	if (!fs_allowed(FS_RENAME, to) || rename(from, to) != 0)
		return err_errno(e, errno, "%s: rename from %s", to, from);
	return 0;
}

int fs_open_new(const char *path, mode_t mode, struct err *e)
{
	int fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode, FS_OPEN);
	int errnum = errno;

	if (fd >= 0)
		return fd;
	if (errnum == EEXIST)
		(void)err_set(e, ERR_CONFLICT, "%s: exists already", path);
	else
		(void)err_errno(e, errnum, "%s", path);
	errno = errnum;
	return -1;
}

/* Writes and syncs a fresh file. */
static int write_new(const char *path, const void *bytes, size_t n, mode_t mode,
                     struct err *e)
{
	SCOPED(close)
	int fd = fs_open_new(path, mode, e);

	if (fd < 0)
		return -1;
	if (fs_write_all(fd, bytes, n, path, e) != 0 ||
	    fs_sync(fd, path, e) != 0) {
		(void)unlink(path);
		return -1;
	}
	return 0;
}

char *fs_temp_beside(const char *path)
{
	char *temp = xasprintf("%s.%ld.tmp", path, (long)getpid());

	(void)unlink(temp); /* left by a killed process with our pid */
	return temp;
}

int fs_write(const char *path, const void *bytes, size_t n, mode_t mode,
             struct err *e)
{
	SCOPED(free)
	char *temp = fs_temp_beside(path);

	if (write_new(temp, bytes, n, mode, e) != 0)
		return -1;
	if (fs_rename(temp, path, e) != 0) {
		(void)unlink(temp);
		return -1;
	}
	return fs_sync_dir_of(path, e);
}

/* What a file system without links answers: FAT, as sticks have it, and some
 * folders of a network. */
static bool is_unknown_here(int errnum)
{
	return errnum == EPERM || errnum == EOPNOTSUPP || errnum == ENOSYS ||
	       errnum == EINVAL;
}

/* The last resort: an empty file has the name until the whole one takes it. */
static int name_by_claim(const char *temp, const char *path, struct err *e)
{
	int fd = fs_open_new(path, 0600, e);

	if (fd < 0)
		return -1;
	(void)close(fd);
	if (fs_rename(temp, path, e) == 0)
		return 0;
	(void)unlink(path);
	return -1;
}

/* A link, unlike a rename, never replaces what is there; nor does a rename
 * that is told so, where that is known. */
static int name_new(const char *temp, const char *path, struct err *e)
{
	if (fs_allowed(FS_LINK, path) && link(temp, path) == 0)
		return 0;
	if (is_unknown_here(errno)) {
		if (fs_allowed(FS_RENAME, path) &&
		    renameat2(AT_FDCWD, temp, AT_FDCWD, path,
		              RENAME_NOREPLACE) == 0)
			return 0;
		if (is_unknown_here(errno))
			return name_by_claim(temp, path, e);
	}
	if (errno == EEXIST)
		return err_set(e, ERR_CONFLICT, "%s: exists already", path);
	return err_errno(e, errno, "%s: name for %s", path, temp);
}

int fs_name_new(const char *temp, const char *path, struct err *e)
{
	int result = name_new(temp, path, e);

	(void)unlink(temp);
	return result;
}

int fs_create(const char *path, const void *bytes, size_t n, mode_t mode,
              struct err *e)
{
	SCOPED(free)
	char *temp = fs_temp_beside(path);

	if (write_new(temp, bytes, n, mode, e) != 0 ||
	    fs_name_new(temp, path, e) != 0)
		return -1;
	if (fs_sync_dir_of(path, e) != 0) {
		(void)unlink(path);
		return -1;
	}
	return 0;
}

int fs_mkdir(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (fs_allowed(FS_MKDIR, path) && mkdir(path, mode) == 0)
		return fs_sync_dir_of(path, e);
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return err_errno(e, errno, "%s: mkdir", path);
}

/* One that is there may be a killed process's that did not come to flush its
 * name; but not where we may not even look. */
static int make_durable(const char *path, mode_t mode, struct err *e)
{
	bool was_there = fs_exists(path);

	if (fs_mkdir(path, mode, e) != 0)
		return -1;
	return was_there ? sync_dir_of(path, true, e) : 0;
}

int fs_mkdirs(const char *path, mode_t mode, struct err *e)
{
	SCOPED(free)
	char *part = xstrdup(path);

	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make_durable(part, mode, e) != 0)
			return -1;
		*p = '/';
	}
	return make_durable(part, mode, e);
}

bool fs_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int fs_size(int64_t *out, const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return err_errno(e, errno, "%s", path);
	*out = st.st_size;
	return 0;
}

int fs_remove(const char *path, struct err *e)
{
	if (fs_allowed(FS_REMOVE, path) && unlink(path) == 0)
		return 0;
	if (errno == ENOENT)
		return 0;
	return err_errno(e, errno, "%s: remove", path);
}

static int skip_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int fs_list(const char *dir, fs_entry_fn *fn, void *ctx, struct err *e)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, skip_dots, by_bytes);
	int result = 0;

	if (n < 0)
		return err_errno(e, errno, "%s: list", dir);
	for (int i = 0; i < n; i++) {
		if (result == 0)
			result = fn(ctx, names[i]->d_name, e);
		free(names[i]);
	}
	free(names);
	return result;
}

char *fs_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return xasprintf("%s%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/",
	                 name);
}

/* A folder is always there, also where /dev is not. */
void fs_guard_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/", O_RDONLY | O_DIRECTORY) != fd)
			abort();
}
