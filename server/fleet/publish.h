/*
 * New signed files become visible, or not at all: overlaid on what is
 * published, read, signed over with the online keys, put before our own
 * client as two devices would see it, committed, and only then swapped in.
 * Blobs were uploaded before. The scribe's thread alone.
 */
#ifndef SERVER_FLEET_PUBLISH_H
#define SERVER_FLEET_PUBLISH_H

#include "lib/base/buf.h"
#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

/* Takes no ownership of files. Writes what became visible, as JSON. */
MUST_USE int publish(struct fleet *f, struct file *const *files, size_t n,
                     const struct deed *deed, struct buf *out, struct err *e);

#endif
