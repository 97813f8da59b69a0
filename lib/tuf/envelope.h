/*
 * The signed wrapper every TUF role file has (TUF 4.2): a document, its
 * signatures, and the canonical bytes they cover. The bytes are computed from
 * what was parsed, as all mainstream clients do, so unknown fields stay
 * covered.
 */
#ifndef LIB_TUF_ENVELOPE_H
#define LIB_TUF_ENVELOPE_H

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/err.h"
#include "lib/crypto/key.h"
#include "lib/json/js.h"

#include <stddef.h>
#include <stdint.h>

enum tuf_type { TUF_ROOT, TUF_TIMESTAMP, TUF_SNAPSHOT, TUF_TARGETS };

/* "root", "timestamp", "snapshot", "targets". */
const char *tuf_type_name(enum tuf_type t);

/* Sizes a client accepts when nothing signed says less (the defaults of
 * python-tuf, tuf-js and go-tuf). Bytes. */
#define TUF_ROOT_MAX ((size_t)512000)
#define TUF_TIMESTAMP_MAX ((size_t)16384)
#define TUF_SNAPSHOT_MAX ((size_t)2000000)
#define TUF_TARGETS_MAX ((size_t)5000000)

#define TUF_SIGS_MAX 64  /* CVE-2020-6173: hundreds of bad ones cost CPU */
#define TUF_KEYS_MAX 256 /* in one file */
#define TUF_ROLE_MAX 128 /* bytes of a role name, with the NUL */
#define TUF_SPEC_VERSION "1.0.0" /* what every client accepts */

struct tuf_signature {
	char keyid[KEY_ID_SIZE];
	uint8_t sig[KEY_SIG_MAX];
	size_t len; /* 0: an empty signature, kept and never valid */
};

struct tuf_envelope {
	struct js_doc doc;
	struct js_at root;      /* the document's top */
	struct js_at signed_at; /* its "signed" member */
	struct buf canonical;   /* the bytes signatures cover */
	struct tuf_signature *sigs;
	size_t n_sigs;
	/* Common to all roles (TUF 4.3 to 4.6). */
	enum tuf_type type;
	int64_t version; /* 1 … 2^53 - 1 */
	int64_t expires_s;
};

/* Parses and checks shape: one "signed", signatures without a duplicate key
 * id, a known _type equal to `want`, spec_version 1.x, version, expires.
 * Verifies nothing. The envelope must not move afterwards (places point into
 * it). */
MUST_USE int tuf_envelope_parse(struct tuf_envelope *out, enum tuf_type want,
                                const char *name, const void *bytes, size_t len,
                                struct err *e);
/* Fine on a zeroed one. */
void tuf_envelope_fini(struct tuf_envelope *env);
DEFINE_SCOPED_PLACE(tuf_envelope_fini, struct tuf_envelope)

/* A set of keys and how many of them must agree. */
struct tuf_quorum {
	const struct key_public *keys; /* of the delegating file */
	size_t n_keys;
	char (*keyids)[KEY_ID_SIZE]; /* the role's */
	size_t n_keyids;
	int64_t threshold; /* ≥ 1 */
};

/* The same threshold and the same ids, in the same order; an id is the hash of
 * its key. */
bool tuf_quorum_is_same(const struct tuf_quorum *a, const struct tuf_quorum *b);
/* Signatures of distinct keys (by key material, not by id: TUF 4.2 and
 * GHSA-3633-5h82-39pq) in the role's list. Only listed ids are verified. */
size_t tuf_quorum_count(const struct tuf_quorum *q,
                        const struct tuf_envelope *env);
/* ERR_UNTRUSTED, code "threshold", "targets: 1 of 2 signatures". */
MUST_USE int tuf_quorum_check(const struct tuf_quorum *q,
                              const struct tuf_envelope *env, struct err *e);

/* Writing. `signed_bytes` is canonical; the file is
 * {"signatures":[…],"signed":…} and its signatures stay in the given order. */
MUST_USE int tuf_envelope_write(struct buf *out, const void *signed_bytes,
                                size_t signed_len,
                                const struct tuf_signature *sigs, size_t n_sigs,
                                struct err *e);
/* One more signature over signed bytes. */
void tuf_sign(struct tuf_signature *out, const struct key_secret *k,
              const void *signed_bytes, size_t signed_len);

#endif
