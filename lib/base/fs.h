/*
 * Files, through one door: bounded reads, writes that are whole or absent
 * after any crash, and a hook that lets a test fail any single step.
 *
 * Nothing here follows a symbolic link in the last component.
 */
#ifndef LIB_BASE_FS_H
#define LIB_BASE_FS_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Appends the whole file; ERR_TOO_LARGE above b->max_bytes, ERR_NOT_FOUND. */
MUST_USE int fs_read(struct buf *b, const char *path, struct err *e);

/* The same, and refuses a file that others than its owner can read or write
 * (keys, passphrases): code "insecure_mode". */
MUST_USE int fs_read_private(struct buf *b, const char *path, struct err *e);

/* Replaces path: temporary file beside it, fsync, rename, fsync the folder.
 * When it returns 0 the bytes survive a power cut; when it does not, the old
 * file is untouched and no temporary is left. (Where only the last step
 * failed, the new file stands there whole, but a power cut may still bring
 * the old one back.) */
MUST_USE int fs_write(const char *path, const void *bytes, size_t n,
                      mode_t mode, struct err *e);

/* The same for a file that must not exist yet (keys): ERR_CONFLICT when it
 * does. Whole or absent after a crash; absent after any failure. (On a disk
 * that knows neither links nor renames that replace nothing, a crash may leave
 * an empty file. FAT knows the latter.) */
MUST_USE int fs_create(const char *path, const void *bytes, size_t n,
                       mode_t mode, struct err *e);

/* mkdir -p for the last component only; 0 when it is a folder already. */
MUST_USE int fs_mkdir(const char *path, mode_t mode, struct err *e);
/* All of them. When it returns 0 their names survive a power cut, whoever made
 * them (but those in a folder that this process may not open). */
MUST_USE int fs_mkdirs(const char *path, mode_t mode, struct err *e);

bool fs_exists(const char *path);
MUST_USE int fs_size(int64_t *out, const char *path, struct err *e);
/* 0 also when it was not there. */
MUST_USE int fs_remove(const char *path, struct err *e);
MUST_USE int fs_rename(const char *from, const char *to, struct err *e);
MUST_USE int fs_sync(int fd, const char *path, struct err *e);
/* fsyncs the folder that holds path. */
MUST_USE int fs_sync_dir_of(const char *path, struct err *e);

/* First thing in main(): a standard stream that was closed gets a place where
 * writing fails. Else the next file has its number, and what is said to the
 * stream goes into that file. */
void fs_guard_standard(void);
/* All n bytes or an error; EINTR and short writes are its own business. */
MUST_USE int fs_write_all(int fd, const void *bytes, size_t n, const char *path,
                          struct err *e);

/* Calls fn for each entry except "." and ".." in byte order of names; stops
 * at the first -1, which it returns. */
typedef int fs_entry_fn(void *ctx, const char *name, struct err *e);
MUST_USE int fs_list(const char *dir, fs_entry_fn *fn, void *ctx,
                     struct err *e);

/* dir/name in fresh memory; the caller frees. */
char *fs_join(const char *dir, const char *name);

enum fs_op {
	FS_OPEN,
	FS_READ,
	FS_WRITE,
	FS_SYNC,
	FS_RENAME,
	FS_REMOVE,
	FS_MKDIR,
	FS_SYNC_DIR,
	FS_LINK
};

/* A test's hook, asked before each step: 0 lets it happen, an errno makes it
 * fail with that. NULL in production. Set while one thread runs. */
typedef int fs_hook_fn(void *ctx, enum fs_op op, const char *path);
void fs_set_hook(fs_hook_fn *fn, void *ctx);

#endif
