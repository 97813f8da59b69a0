/*
 * Where a device gets signed bytes from: roles below <server>/metadata/,
 * targets below <server>/targets/ under consistent-snapshot names, and the
 * copies of roles it keeps in a folder of its own. Knows nothing of trust:
 * what it hands over is verified by lib/tuf/trust.c.
 */
#ifndef DEVICE_ORIGIN_H
#define DEVICE_ORIGIN_H

#include "lib/crypto/hash.h"
#include "lib/rollout/plan.h"
#include "lib/tuf/trust.h"
#include "net/net.h"

#include <stddef.h>
#include <stdint.h>

/* Plans and states seen lately; so that a refresh after a re-signing does not
 * fetch again what did not change. */
#define ORIGIN_KEPT 20

struct origin_kept {
	char sha256[SHA256_HEX_SIZE]; /* "": free */
	char *bytes;
	size_t len;
};

struct origin {
	struct net_door net;
	char *server; /* without a slash at its end */
	char *dir;    /* stored roles; NULL: none are kept */
	char *pinned; /* path of the root of the provisioning record */
	struct origin_kept kept[ORIGIN_KEPT];
	size_t next_kept;
	int64_t retry_after_s; /* of the last refusal; -1: none */
};

/* dir is made when it is not there. */
MUST_USE int origin_init(struct origin *o, const struct net_door *net,
                         const char *server, const char *dir,
                         const char *pinned, struct err *e);
void origin_fini(struct origin *o);
DEFINE_SCOPED_PLACE(origin_fini, struct origin)

struct trust_io origin_io(struct origin *o);

/* A trust object from the root kept last; from the pinned one when there is
 * none, or when it is spoilt. NULL with *e, also when it is there and can not
 * be read now. */
struct trust *origin_trust(struct origin *o, int64_t now_s, struct err *e);

/* The version of that root; 1, the least there is, when none verifies. */
int64_t origin_root_version(struct origin *o);

/* A small target's bytes (a plan, a state), exactly those of the signature;
 * ERR_UNTRUSTED, code "target_hash", for others; ERR_UNREACHABLE also when
 * it is listed and not there. */
MUST_USE int origin_target(struct origin *o, struct buf *out, const char *path,
                           const char *sha256, int64_t length, struct err *e);

/* <server>/targets/<dir>/<sha256>.<file>; the caller frees. */
char *origin_target_url(const struct origin *o, const char *path,
                        const char *sha256);

#endif
