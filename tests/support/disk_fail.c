/*
 * Writes go through the table of system calls SQLite keeps for this purpose.
 * Flushes are not in it, so fsync and fdatasync are defined here: the
 * program's own symbols come before the C library's.
 */
#include "config.h"

#include "tests/support/disk_fail.h"

#include "lib/base/mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const write_names[] = {"write", "pwrite", "pwrite64"};

static bool armed;
static enum disk_op armed_op;
static long fail_at;
static long seen;
static int fail_errno;

static bool fails(enum disk_op op)
{
	if (!armed || op != armed_op || seen++ < fail_at)
		return false;
	errno = fail_errno;
	return true;
}

static ssize_t failing_write(int fd, const void *bytes, size_t n)
{
	return fails(DISK_WRITE) ? -1 : write(fd, bytes, n);
}

static ssize_t failing_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	return fails(DISK_WRITE) ? -1 : pwrite(fd, bytes, n, at);
}

int fsync(int fd)
{
	return fails(DISK_FLUSH) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails(DISK_FLUSH) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

void disk_fail_begin(enum disk_op op, long at, int errnum)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	for (size_t i = 0; i < ARRAY_LEN(write_names); i++)
		(void)vfs->xSetSystemCall(
			vfs, write_names[i],
			i == 0 ? (sqlite3_syscall_ptr)failing_write
			       : (sqlite3_syscall_ptr)failing_pwrite);
	armed_op = op;
	fail_at = at;
	fail_errno = errnum;
	seen = 0;
	armed = true;
}

long disk_fail_end(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	armed = false;
	for (size_t i = 0; i < ARRAY_LEN(write_names); i++)
		(void)vfs->xSetSystemCall(vfs, write_names[i], NULL);
	return seen;
}
