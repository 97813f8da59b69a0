/*
 * New signed files become visible, or not at all: overlaid on what is
 * published, read, signed over with the online keys, put before our own
 * client as two devices would see it, committed, and only then swapped in.
 * Blobs were uploaded before.
 *
 * All that takes time in the number of files is done on the publisher's
 * thread, against a set that it holds. The scribe is asked twice, for short:
 * to sign what the clients are to judge, and to commit what they took. So a
 * halt waits for no verification.
 */
#ifndef SERVER_PUBLISH_PUBLISH_H
#define SERVER_PUBLISH_PUBLISH_H

#include "lib/base/buf.h"
#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* So often it is prepared again when another set came to be published
 * meanwhile; then ERR_BUSY, code "set_changed". */
#define PUBLISH_TRIES 3

/* Takes no ownership of files. Writes what became visible, as JSON. The
 * publisher's thread, or the only one; one at a time. */
MUST_USE int publish(struct fleet *f, struct file *const *files, size_t n,
                     const struct deed *deed, struct buf *out, struct err *e);
/* The same after a theft of keys: it may bring one root above the most of a
 * year, and the audit log says that it was called an emergency. */
MUST_USE int publish_in_emergency(struct fleet *f, struct file *const *files,
                                  size_t n, const struct deed *deed,
                                  struct buf *out, struct err *e);

#endif
