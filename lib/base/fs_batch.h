/*
 * Many files at once. Each becomes what fs_write() or fs_create() makes of it,
 * whole or absent after any crash; but the disk is asked to flush some dozens
 * of them together, which takes hardly longer than one.
 *
 *	SCOPED(fs_batch_fini) struct fs_batch b = {0};
 *
 *	fs_batch_write(&b, …) …
 *	fs_batch_commit(&b, e)
 *
 * Until the commit some files may have their names already and others not, in
 * no order; whoever needs one order commits in between. One thread.
 */
#ifndef LIB_BASE_FS_BATCH_H
#define LIB_BASE_FS_BATCH_H

#include "lib/base/fs.h"

/* Open at one time, of the 1,024 descriptors that a process may usually have.
 * Where fewer are left, what is held is committed to have them back; one is
 * enough. */
#define FS_BATCH_MAX 64

struct fs_batch_file {
	char *path, *temp;
	int fd;
	bool is_new; /* path must not be there yet */
};

struct fs_batch {
	struct fs_batch_file files[FS_BATCH_MAX];
	size_t len;
};

/* Will replace path. The bytes are written before it returns. */
MUST_USE int fs_batch_write(struct fs_batch *b, const char *path,
                            const void *bytes, size_t n, mode_t mode,
                            struct err *e);
/* The same for a file that must not exist: ERR_CONFLICT, now or later. */
MUST_USE int fs_batch_create(struct fs_batch *b, const char *path,
                             const void *bytes, size_t n, mode_t mode,
                             struct err *e);

/* When it returns 0 every file of the batch survives a power cut. When it
 * does not, each is there whole or not at all, and no temporary is left. */
MUST_USE int fs_batch_commit(struct fs_batch *b, struct err *e);

/* Gives up what was not committed. */
void fs_batch_fini(struct fs_batch *b);
DEFINE_SCOPED_PLACE(fs_batch_fini, struct fs_batch)

#endif
