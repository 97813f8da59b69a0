/*
 * Putting files below targets/: immutable, named by their signed path.
 */
#ifndef REPO_TOOLS_FOLDER_BLOB_H
#define REPO_TOOLS_FOLDER_BLOB_H

#include "lib/crypto/hash.h"
#include "repo-tools/folder/workspace.h"

/* Copies a file of this hash to targets/<target>. The same bytes
 * there already are fine, others are ERR_CONFLICT, code "target_exists". A
 * source that changed since it was hashed is ERR_CONFLICT. */
MUST_USE int blob_copy(const struct workspace *ws, const char *source,
                       const char *target, const char *sha256, struct err *e);
/* The same from memory. */
MUST_USE int blob_write(const struct workspace *ws, const struct buf *bytes,
                        const char *target, struct err *e);

#endif
