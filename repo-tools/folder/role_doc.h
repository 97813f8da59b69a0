/*
 * One role file of a repository folder, read and parsed. Who has to have
 * signed it is workspace.c's to say.
 */
#ifndef REPO_TOOLS_FOLDER_ROLE_DOC_H
#define REPO_TOOLS_FOLDER_ROLE_DOC_H

#include "lib/tuf/root.h"
#include "lib/tuf/targets.h"
#include "lib/tuf/vouched.h"

#include <stdbool.h>

struct role_doc {
	char role[TUF_ROLE_MAX];
	char *path;
	struct buf bytes;
	struct tuf_envelope env;
	struct tuf_root root;       /* of the role "root" */
	struct tuf_targets targets; /* of every other */
	struct tuf_vouched vouched; /* role_doc_check() */
};

/* The envelope keeps its signatures and canonical bytes, but no tree. A file
 * that breaks a rule of lib/lint is refused by the code of that rule. */
MUST_USE int role_doc_read(struct role_doc **out, const char *path,
                           const char *role, struct err *e);
/* The same from bytes; the path is for errors. */
MUST_USE int role_doc_take(struct role_doc **out, const char *path,
                           const char *role, const void *bytes, size_t len,
                           struct err *e);
/* The same from bytes that it takes over. */
MUST_USE int role_doc_take_buf(struct role_doc **out, const char *path,
                               const char *role, struct buf *bytes,
                               struct err *e);
/* ERR_INVALID, with the code of the rule, for what other people's clients would
 * refuse or read differently; much of that can be read by us. */
MUST_USE int role_doc_lint(const struct role_doc *d, struct err *e);
/* The same of its signatures by keys of these quorums. */
MUST_USE int role_doc_lint_signatures(const struct role_doc *d,
                                      const struct tuf_quorum *q, size_t n,
                                      struct err *e);
/* Bytes a file of this role may have. */
size_t role_doc_max(const char *role);
/* A copy to be changed. */
MUST_USE int role_doc_copy_root(struct tuf_root *out, const struct role_doc *d,
                                struct err *e);
MUST_USE int role_doc_copy_targets(struct tuf_targets *out,
                                   const struct role_doc *d, struct err *e);
/* tuf_quorum_check(), whose answer yes is remembered. */
MUST_USE int role_doc_check(struct role_doc *d, const struct tuf_quorum *q,
                            struct err *e);
/* The same document with other signatures: what reading this file would give.
 * Takes over the list. */
void role_doc_resign(struct role_doc *d, const struct buf *file,
                     struct tuf_signature *sigs, size_t n_sigs);
void role_doc_free(struct role_doc *d);
DEFINE_SCOPED(role_doc_free, struct role_doc *)

bool role_doc_is_root(const struct role_doc *d);
int64_t role_doc_version(const struct role_doc *d);

/* Do both say the same, byte for byte, whoever has signed it? */
bool role_doc_is_same(const struct role_doc *a, const struct role_doc *b);

/* "3.releases.coat.json" → 3 and "releases.coat"; false for other names. */
bool role_doc_file_name(int64_t *version, char role[TUF_ROLE_MAX],
                        const char *name);

/* Does this one signature verify with this one key? */
bool role_doc_signed_by(const struct role_doc *d, const struct key_public *k);

#endif
