/*
 * What is published as a folder of plain files, for any web server or CDN:
 *
 *	DIR/metadata/N.ROLE.json, timestamp.json
 *	DIR/targets/<path with the hash in its last segment>
 *
 * Files are whole or absent at every moment, and they appear in an order in
 * which a client always finds all that it is told of: target files, delegated
 * roles, targets, snapshot, roots, and timestamp.json last, which alone is
 * ever replaced. A stop between any two steps leaves what was there before
 * fully fetchable; doing it again goes on.
 *
 * Only a root that gives timestamp, snapshot or targets another key has a
 * moment that no order avoids, between the two last steps: a client that
 * looks just then refuses, keeps what it has, and asks again.
 *
 * Nothing is ever removed: a client in the middle of a refresh may still want
 * it.
 */
#ifndef SERVER_REPO_EXPORT_H
#define SERVER_REPO_EXPORT_H

#include "server/repo/blobs.h"
#include "server/repo/view.h"

#include <stdatomic.h>

/* Every file of the newest set and online of a view, with those of roles that
 * the snapshot lists though nobody delegates to them. set_done: the set's own
 * files stand there already, as export_stands() said. stop (may be NULL): when
 * it becomes true, what is not yet there is left for another time: ERR_BUSY,
 * code "export_stopped". ERR_CONFLICT, code "export_newer" when the folder has
 * a newer timestamp, "reissued" when it has other bytes under a name that never
 * changes, "in_use" when another process is writing there: of two the slower
 * one would put an older timestamp over the newer. */
MUST_USE int export_view(const char *dir, const struct view *v, bool set_done,
                         const struct blobs *blobs, const atomic_bool *stop,
                         struct err *e);

/* Does what was written of the view stand there still? Somebody may have taken
 * the folder away, or put another file system over it. Every metadata file is
 * looked at, and of each role the first target: not the bytes, nor each of a
 * million targets. */
bool export_stands(const char *dir, const struct view *v);

/* The same from files alone, in any order, timestamp among them; every target
 * that their roles list is in the blob store. */
MUST_USE int export_files(const char *dir, struct file *const *files, size_t n,
                          const struct blobs *blobs, struct err *e);

#endif
