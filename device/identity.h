/*
 * The key of this one device, by which its server tells its reports from
 * what a relay or the thief of its token made up (trust.md, Enrol and
 * Report). Ed25519, made here, in one file of mode 0600 that is bound to the
 * repository and the device's id; what leaves is the public half and
 * signatures.
 *
 * The key says who reports, never what may be installed: without it a device
 * is updated all the same, and its reports go unsigned. The secret is in
 * memory only while something is signed.
 */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

#include "device/provision.h"
#include "lib/base/buf.h"
#include "lib/base/rng.h"
#include "lib/crypto/key.h"

/* The key's file, below the device's folder. */
#define IDENTITY_FILE "device.key"

/* *out is NULL when there is no file; else the caller frees it. ERR_UNTRUSTED
 * with code "key_binding" for the key of another device or repository, and
 * for a file that was changed; ERR_FORBIDDEN "insecure_mode" where others may
 * read it. */
MUST_USE int identity_read(struct key_secret **out, const char *path,
                           const struct provision *p, struct err *e);
/* The same, and makes one where there is none: it is on the disk when this
 * returns 0. A file that does not read is an error, never replaced: its
 * public half may be known to the server. */
MUST_USE int identity_ensure(struct key_secret **out, const char *path,
                             const struct provision *p, struct rng *rng,
                             struct err *e);
/* The same before the server ever answered an enrolment: then a key that does
 * not read is nobody's, and a new one takes its place. Only a failing disk
 * is an error. */
MUST_USE int identity_renew(struct key_secret **out, const char *path,
                            const struct provision *p, struct rng *rng,
                            struct err *e);

/* The public half as Enrol carries it: 64 hex digits, borrowed. */
const char *identity_public(const struct key_secret *k);

/* Adds the member `sig` to a report (an object of outbox_body): by this key,
 * over the canonical JSON of what stands there. Text in, text out. */
MUST_USE int identity_sign_report(struct buf *report,
                                  const struct key_secret *k, struct err *e);

#endif
