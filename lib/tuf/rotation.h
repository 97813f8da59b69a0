/*
 * A new root that changes the keys of timestamp or snapshot, in a folder of
 * roles: the root takes its place and the stored anchors go (TUF 5.3.11), both
 * or neither. A cut between the two would leave anchors that the thief of an
 * old key counted up, beside a root that no longer says that they are void:
 * nothing that comes later would pass them.
 *
 * While the change is under way the folder has a file `rotating`, which names
 * the root that is to go by its sha256.
 */
#ifndef LIB_TUF_ROTATION_H
#define LIB_TUF_ROTATION_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

/* Not *.json: everything of that name is metadata. */
#define ROTATION_NAME "rotating"

/* Before root.json is replaced by the one that changes them. */
MUST_USE int rotation_begin(const char *dir, struct err *e);
/* Where a change was begun: the anchors are dropped when root.json is another
 * than it was, else it never came to it. Flushed before it returns; nothing
 * when none was begun. */
MUST_USE int rotation_end(const char *dir, struct err *e);

#endif
