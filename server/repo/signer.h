/*
 * The online keys: one each for snapshot, timestamp and every
 * `rollout.<product>`. They are read once at start from files that are 0600
 * (or sealed with a passphrase) and stay in locked memory.
 *
 * Owned by the scribe's thread; the publisher asks it only through
 * signer_public(), which is immutable after opening.
 */
#ifndef SERVER_REPO_SIGNER_H
#define SERVER_REPO_SIGNER_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/key.h"
#include "lib/crypto/secretfile.h"
#include "lib/tuf/envelope.h"

struct signer_key {
	char role[SECRETFILE_ROLE_SIZE];
	char repo[SECRETFILE_REPO_SIZE];
	struct key_secret *secret;
};

struct signer {
	struct signer_key *items;
	size_t len, cap;
};

/* Every *.key file of the folder. passphrase may be NULL. Keys of offline
 * roles are refused, code "offline_key": they do not belong on a server. */
MUST_USE int signer_open(struct signer *s, const char *dir,
                         const char *passphrase, struct err *e);
void signer_close(struct signer *s);

/* NULL when the role has no key here. */
const struct key_public *signer_public(const struct signer *s,
                                       const char *role);
/* Writes the signed file of a role from its canonical "signed" bytes. A
 * missing key: ERR_NOT_FOUND, code "no_online_key". */
MUST_USE int signer_sign(const struct signer *s, const char *role,
                         const struct buf *signed_bytes, struct buf *out,
                         struct err *e);

#endif
