/*
 * The online keys: one each for snapshot, timestamp and every
 * `rollout.<product>`, and during a rotation the next ones beside them. They
 * are read at start, and the new ones before each publish, from files that
 * are 0600 (or sealed with a passphrase), and stay in locked memory.
 *
 * Which key signs is decided by key id: by what root and targets list, never
 * by the name of a file.
 *
 * Owned by the scribe's thread.
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
/* The files that came into the folder since; keys that are held stay, also
 * when their files are gone, so that a publish that is refused leaves a
 * server that can sign. Refused as signer_open() refuses, and then nothing
 * is added. */
MUST_USE int signer_refresh(struct signer *s, const char *dir,
                            const char *passphrase, struct err *e);
void signer_close(struct signer *s);
DEFINE_SCOPED_PLACE(signer_close, struct signer)

/* Writes the signed file of a role from its canonical "signed" bytes, signed
 * by each key of the quorum that is held here and bound to this repository and
 * role. None: ERR_NOT_FOUND, code "no_online_key". */
MUST_USE int signer_sign(const struct signer *s, const char *repo,
                         const char *role, const struct tuf_quorum *by,
                         const struct buf *signed_bytes, struct buf *out,
                         struct err *e);

#endif
