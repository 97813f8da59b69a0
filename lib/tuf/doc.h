/*
 * A role file as it was read: once for all who read the same bytes. The
 * client (trust.h) makes one of whatever it is given; who plays several
 * clients over the same files, as the server's gate does, lets them share it.
 *
 * What is shared is what the bytes say, and by whom they were found to be
 * signed. Which bytes those are the document knows by their sha256; whoever
 * takes one for bytes in hand compares (trust_accept.c). Versions, expiry and
 * hashes against a listing are asked anew by everybody.
 *
 * Reference-counted. One thread opens and reads it; from then on any thread
 * may use it.
 */
#ifndef LIB_TUF_DOC_H
#define LIB_TUF_DOC_H

#include "lib/base/lock.h"
#include "lib/tuf/root.h"
#include "lib/tuf/snapshot.h"
#include "lib/tuf/targets.h"
#include "lib/tuf/vouched.h"

struct tuf_doc {
	atomic_int refs;
	enum tuf_type type;
	int64_t version;
	int64_t expires_s;
	/* Of the bytes it was read from; "": nobody is to find it again. */
	char sha256[SHA256_HEX_SIZE];
	bool is_read;
	/* That of its type, once it is read. */
	struct tuf_root root;
	struct tuf_snapshot listing; /* timestamp, snapshot */
	struct tuf_targets targets;
	/* Canonical bytes and signatures, until somebody vouched for them:
	 * most documents are asked about by one quorum. */
	struct tuf_envelope *_Atomic unproven;
	struct lock lock; /* of: */
	struct tuf_vouched vouched;
};

/* The envelope alone: nothing inside is looked at before the signatures
 * unless the caller wants it so. The name is for errors; sha256, or NULL, is
 * that of the bytes. */
struct tuf_doc *tuf_doc_open(enum tuf_type type, const char *name,
                             const void *bytes, size_t len, const char *sha256,
                             struct err *e);
/* The content; nothing when it is read already. */
MUST_USE int tuf_doc_read(struct tuf_doc *d, const char *name, struct err *e);
/* tuf_quorum_check(), the yes remembered. `bytes` are those it was opened
 * with: another quorum than the first reads them again. */
MUST_USE int tuf_doc_check(struct tuf_doc *d, const char *name,
                           const struct tuf_quorum *q, const void *bytes,
                           size_t len, struct err *e);

/* Nobody is about to ask who signed it: what an answer takes is given up, and
 * read again from the bytes when somebody does. */
void tuf_doc_settle(struct tuf_doc *d);

struct tuf_doc *tuf_doc_ref(struct tuf_doc *d);
/* Fine on NULL. */
void tuf_doc_unref(struct tuf_doc *d);
DEFINE_SCOPED(tuf_doc_unref, struct tuf_doc *)

#endif
