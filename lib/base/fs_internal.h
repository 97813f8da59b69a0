/*
 * What fs.c and fs_batch.c share: single steps of writing a file.
 */
#ifndef LIB_BASE_FS_INTERNAL_H
#define LIB_BASE_FS_INTERNAL_H

#include "lib/base/fs.h"

/* True when the step may happen; else errno is the test's. */
bool fs_allowed(enum fs_op op, const char *path);

/* A fresh file that nobody else can have prepared: its descriptor, or -1;
 * ERR_CONFLICT when there is one. errno is that of open(). */
MUST_USE int fs_open_new(const char *path, mode_t mode, struct err *e);

/* Where the bytes of path are written first, in fresh memory; nothing is
 * there. */
char *fs_temp_beside(const char *path);

/* Gives the temporary file its name, which must be free (ERR_CONFLICT). It is
 * gone afterwards, also when that failed. */
MUST_USE int fs_name_new(const char *temp, const char *path, struct err *e);

#endif
