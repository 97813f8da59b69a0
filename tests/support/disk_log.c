/*
 * The calls are defined here, under their own names: the program's symbols
 * come before the C library's, for SQLite's library too. Each asks the kernel
 * directly, and writes down what worked.
 */
#include "config.h"

/* Its inline versions of these very functions would stand in the way. */
#undef _FORTIFY_SOURCE

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/disk_log.h"
#include "tests/support/disk_sites.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS_MAX 1024

static struct disk_log *log_now;
/* Which object a descriptor stands for, plus one; 0: none of ours. */
static int opened[FDS_MAX];

static void mistake(const char *what, const char *path)
{
	fprintf(stderr, "disk log: %s: %s\n", path, what);
	abort();
}

/* ---- Names ---- */

/* Below the root; NULL when it is elsewhere. "" is the root itself. */
static const char *below(const char *path)
{
	size_t n;

	if (log_now == NULL)
		return NULL;
	n = strlen(log_now->root);
	if (strncmp(path, log_now->root, n) != 0 ||
	    (path[n] != '/' && path[n] != '\0'))
		return NULL;
	path += n;
	while (*path == '/')
		path++;
	n = strlen(path);
	return n > 4 && strcmp(path + n - 4, "-shm") == 0 ? NULL : path;
}

static struct disk_name *find(struct disk_names *names, const char *path)
{
	for (size_t i = 0; i < names->len; i++)
		if (strcmp(names->items[i].path, path) == 0)
			return &names->items[i];
	return NULL;
}

static void put_name(struct disk_names *names, const char *path, int file)
{
	struct disk_name *n = find(names, path);

	if (n == NULL) {
		VEC_GROW(names);
		n = &names->items[names->len++];
		n->path = xstrdup(path);
	}
	n->file = file;
}

static void drop_name(struct disk_names *names, const char *path)
{
	struct disk_name *n = find(names, path);

	if (n == NULL)
		return;
	free(n->path);
	*n = names->items[--names->len];
}

static int object_at(const char *path)
{
	const struct disk_name *n = find(&log_now->now, path);

	return n != NULL ? n->file : -1;
}

static int folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int at;

	(void)snprintf(folder, sizeof(folder), "%.*s",
	               slash == NULL ? 0 : (int)(slash - path), path);
	at = object_at(folder);
	if (at < 0)
		mistake("its folder is not known", path);
	return at;
}

static int new_object(bool is_folder)
{
	VEC_GROW(&log_now->objects);
	log_now->objects.items[log_now->objects.len] =
		(struct disk_object){.is_folder = is_folder};
	return (int)log_now->objects.len++;
}

/* ---- Steps ---- */

static void before(void)
{
	if (log_now != NULL && log_now->before != NULL)
		log_now->before(log_now->ctx, log_now->ops.len);
}

static struct disk_op *add(enum disk_step step, int file)
{
	struct disk_op *op;

	VEC_GROW(&log_now->ops);
	op = &log_now->ops.items[log_now->ops.len++];
	*op = (struct disk_op){.step = step, .file = file, .folder = -1};
	return op;
}

static void add_entry(enum disk_step step, int file, const char *path)
{
	struct disk_op *op = add(step, file);

	op->name = xstrdup(path);
	op->folder = folder_of(path);
	if (step == DISK_REMOVE)
		drop_name(&log_now->now, path);
	else
		put_name(&log_now->now, path, file);
}

static int open_below(const char *full, int flags, mode_t mode)
{
	const char *path = below(full);
	bool made = false;
	int fd, file;

	if (path != NULL && (flags & O_CREAT) != 0 && object_at(path) < 0) {
		before();
		made = true;
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, full, flags, mode);
	if (fd < 0 || fd >= FDS_MAX)
		return fd;
	opened[fd] = 0;
	if (path == NULL)
		return fd;
	if (made) {
		file = new_object(false);
		add_entry(DISK_CREATE, file, path);
	} else {
		file = object_at(path);
	}
	if (file < 0)
		mistake("was made behind our back", full);
	if ((flags & O_TRUNC) != 0)
		add(DISK_RESIZE, file)->at = 0;
	opened[fd] = file + 1;
	return fd;
}

static int object_of(int fd)
{
	if (log_now == NULL || fd < 0 || fd >= FDS_MAX)
		return -1;
	return opened[fd] - 1;
}

static void add_write(int file, const void *bytes, size_t n, off_t at)
{
	struct disk_op *op = add(DISK_WRITE, file);

	op->at = at;
	op->len = n;
	op->bytes = xmalloc(n > 0 ? n : 1);
	memcpy(op->bytes, bytes, n);
}

/* ---- Flushes ---- */

/* Several may be asked for at once (lib/base/fs_batch.h): one after the other
 * here, in the order in which they came. */
static int flush(int fd, long call, const void *back)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	int file = object_of(fd), result;

	if (file < 0)
		return (int)syscall(call, fd);
	(void)pthread_mutex_lock(&one);
	before();
	result = (int)syscall(call, fd);
	if (result == 0) {
		size_t site = disk_sites_find(log_now, file, back);

		add(DISK_SYNC, file)->site = site;
	}
	(void)pthread_mutex_unlock(&one);
	return result;
}

/* ---- The calls ---- */

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_below(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_below(path, flags, mode);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		opened[fd] = 0;
	return (int)syscall(SYS_close, fd);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	int file = object_of(fd);
	off_t at = 0;
	ssize_t put;

	if (file >= 0) {
		before();
		at = lseek(fd, 0, SEEK_CUR);
	}
	put = syscall(SYS_write, fd, bytes, n);
	if (file >= 0 && put > 0)
		add_write(file, bytes, (size_t)put, at);
	return put;
}

static ssize_t write_at(int fd, const void *bytes, size_t n, off_t at)
{
	int file = object_of(fd);
	ssize_t put;

	if (file >= 0)
		before();
	put = syscall(SYS_pwrite64, fd, bytes, n, at);
	if (file >= 0 && put > 0)
		add_write(file, bytes, (size_t)put, at);
	return put;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return write_at(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	return write_at(fd, bytes, n, at);
}

static int resize(int fd, off_t len)
{
	int file = object_of(fd);

	if (file >= 0)
		before();
	if (syscall(SYS_ftruncate, fd, len) != 0)
		return -1;
	if (file >= 0)
		add(DISK_RESIZE, file)->at = len;
	return 0;
}

int ftruncate(int fd, off_t len)
{
	return resize(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
	return resize(fd, len);
}

static int reserve(int fd, off_t from, off_t len)
{
	int file = object_of(fd);
	struct stat st;

	if (file >= 0)
		before();
	if (syscall(SYS_fallocate, fd, 0, from, len) != 0)
		return errno;
	if (file >= 0 && fstat(fd, &st) == 0)
		add(DISK_RESIZE, file)->at = st.st_size;
	return 0;
}

int posix_fallocate(int fd, off_t from, off_t len)
{
	return reserve(fd, from, len);
}

int posix_fallocate64(int fd, off64_t from, off64_t len)
{
	return reserve(fd, from, len);
}

int fsync(int fd)
{
	return flush(fd, SYS_fsync, __builtin_return_address(0));
}

int fdatasync(int fd)
{
	return flush(fd, SYS_fdatasync, __builtin_return_address(0));
}

int mkdir(const char *full, mode_t mode)
{
	const char *path = below(full);

	if (path != NULL)
		before();
	if (syscall(SYS_mkdirat, AT_FDCWD, full, mode) != 0)
		return -1;
	if (path != NULL)
		add_entry(DISK_MKDIR, new_object(true), path);
	return 0;
}

int unlink(const char *full)
{
	const char *path = below(full);

	if (path != NULL)
		before();
	if (syscall(SYS_unlinkat, AT_FDCWD, full, 0) != 0)
		return -1;
	if (path != NULL)
		add_entry(DISK_REMOVE, object_at(path), path);
	return 0;
}

int link(const char *from, const char *full)
{
	const char *path = below(full);

	if (path != NULL)
		before();
	if (syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, full, 0) != 0)
		return -1;
	if (path != NULL)
		add_entry(DISK_LINK, object_at(below(from)), path);
	return 0;
}

int rename(const char *from, const char *full)
{
	const char *path = below(full), *old = below(from);

	if ((path == NULL) != (old == NULL))
		mistake("is renamed over the border", full);
	if (path != NULL)
		before();
	if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, full, 0) != 0)
		return -1;
	if (path != NULL) {
		int file = object_at(old);

		if (log_now->objects.items[file].is_folder)
			mistake("renaming a folder is not known here", full);
		drop_name(&log_now->now, old);
		add_entry(DISK_RENAME, file, path);
		log_now->ops.items[log_now->ops.len - 1].from = xstrdup(old);
	}
	return 0;
}

/* ---- Begin and end ---- */

static void scan(const char *path, bool is_folder);

static int scan_entry(void *ctx, const char *name, struct err *e)
{
	const char *folder = ctx;
	SCOPED(free)
	char *path = *folder == '\0' ? xstrdup(name) : fs_join(folder, name);
	SCOPED(free)
	char *full = fs_join(log_now->root, path);
	struct stat st;

	(void)e;
	if (below(full) == NULL)
		return 0;
	if (lstat(full, &st) != 0)
		mistake("cannot be looked at", full);
	scan(path, S_ISDIR(st.st_mode));
	return 0;
}

static void scan(const char *path, bool is_folder)
{
	SCOPED(free)
	char *full = fs_join(log_now->root, path);
	int file = new_object(is_folder);
	struct err e = {0};

	put_name(&log_now->base, path, file);
	put_name(&log_now->now, path, file);
	if (is_folder) {
		if (fs_list(full, scan_entry, (void *)(uintptr_t)path, &e) != 0)
			mistake(e.msg, full);
		return;
	}
	struct buf b = BUF_INIT((size_t)1 << 28);
	if (fs_read(&b, full, &e) != 0)
		mistake(e.msg, full);
	log_now->objects.items[file].len = b.len;
	log_now->objects.items[file].bytes = (uint8_t *)buf_take(&b);
}

void disk_log_begin(struct disk_log *l, const char *root)
{
	void *warm[2];

	*l = (struct disk_log){.root = realpath(root, NULL)};
	if (l->root == NULL)
		mistake("is not there", root);
	/* Loads what it needs now, not in the middle of a flush. */
	(void)backtrace(warm, 2);
	log_now = l;
	memset(opened, 0, sizeof(opened));
	scan("", true);
}

void disk_log_end(void)
{
	log_now = NULL;
}

static void names_fini(struct disk_names *n)
{
	for (size_t i = 0; i < n->len; i++)
		free(n->items[i].path);
	free(n->items);
	*n = (struct disk_names){0};
}

static void cut_ops(struct disk_log *l, size_t n)
{
	while (l->ops.len > n) {
		struct disk_op *op = &l->ops.items[--l->ops.len];

		free(op->name);
		free(op->from);
		free(op->bytes);
	}
}

static void replay_name(struct disk_names *names, const struct disk_op *op)
{
	if (op->from != NULL)
		drop_name(names, op->from);
	if (op->step == DISK_REMOVE)
		drop_name(names, op->name);
	else if (op->name != NULL)
		put_name(names, op->name, op->file);
}

void disk_log_resume(struct disk_log *l, size_t point, const char *root)
{
	free(l->root);
	l->root = realpath(root, NULL);
	if (l->root == NULL)
		mistake("is not there", root);
	cut_ops(l, point);
	names_fini(&l->now);
	for (size_t i = 0; i < l->base.len; i++)
		put_name(&l->now, l->base.items[i].path, l->base.items[i].file);
	for (size_t i = 0; i < l->ops.len; i++)
		replay_name(&l->now, &l->ops.items[i]);
	memset(opened, 0, sizeof(opened));
	log_now = l;
}

void disk_log_fini(struct disk_log *l)
{
	cut_ops(l, 0);
	for (size_t i = 0; i < l->objects.len; i++)
		free(l->objects.items[i].bytes);
	for (size_t i = 0; i < l->sites.len; i++)
		free(l->sites.items[i].label);
	free(l->ops.items);
	free(l->objects.items);
	free(l->sites.items);
	names_fini(&l->base);
	names_fini(&l->now);
	free(l->root);
}
