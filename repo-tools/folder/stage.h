/*
 * The way of a change: a draft is staged unsigned, signatures are added to
 * its unchanged bytes one by one, and it is promoted to metadata/ when its
 * threshold is met. Every step is one whole file; a killed process leaves
 * the step before or the step after.
 *
 * What belongs together is promoted together: a role and its bins, a role whose
 * keys change and what the new keys sign, and then
 * all that is complete, such as a plan that goes and the release it named.
 */
#ifndef REPO_TOOLS_FOLDER_STAGE_H
#define REPO_TOOLS_FOLDER_STAGE_H

#include "lib/base/fs_batch.h"
#include "repo-tools/folder/keyring.h"
#include "repo-tools/folder/workspace.h"

/* Half of a change of keys is nothing to build on, nor to sign: ERR_CONFLICT,
 * code "unfinished" (rekey_stage.c). Asked before anything is staged. */
MUST_USE int stage_check_finished(const struct workspace *ws, struct err *e);

/* A copy of the newest word on a role to be changed: the first version number
 * that is free (drafts.h), a full life from now, bins with the keys of their
 * role. Empty when there is none yet. */
MUST_USE int stage_draft(struct tuf_targets *out, const struct workspace *ws,
                         const char *role, struct err *e);
MUST_USE int stage_draft_root(struct tuf_root *out, const struct workspace *ws,
                              struct err *e);

/* Writes the draft to staged/, unsigned, over an earlier draft, whose number
 * is burned if it was out, or of a root its bytes; *dropped is how many
 * signatures that one had (may be NULL). The workspace must be reloaded
 * afterwards. */
MUST_USE int stage_put(const struct workspace *ws, const char *role,
                       const struct tuf_targets *t, size_t *dropped,
                       struct err *e);
MUST_USE int stage_put_root(const struct workspace *ws,
                            const struct tuf_root *r, size_t *dropped,
                            struct err *e);

/* The same from canonical bytes that say this version. */
MUST_USE int stage_put_text(const struct workspace *ws, const char *role,
                            int64_t version, const struct buf *signed_bytes,
                            size_t *dropped, struct err *e);

/* Before a change of several steps begins: may this root be staged over the
 * one that is, or is there no room to remember that one (drafts_check_room)? */
MUST_USE int stage_check_root(const struct workspace *ws,
                              const struct tuf_root *next, struct err *e);

/* May this key sign the role's staged version? Bound to this repository and
 * role, and listed by who delegates. Codes "wrong_repo", "wrong_role",
 * "not_a_signer". */
MUST_USE int stage_check_signer(const struct workspace *ws, const char *role,
                                const struct keyring_key *k, struct err *e);

/* Every signature of a key that may sign is over the staged bytes:
 * ERR_UNTRUSTED, code "bad_signature", names the first that is not. And is one
 * that every client counts: else the code of the rule of lib/lint. */
MUST_USE int stage_check_signatures(const struct workspace *ws,
                                    const struct workspace_role *r,
                                    struct err *e);

/* Signs the staged bytes with every key of the list, in memory; *more says
 * whether there is a signature more. A signature of a listed key that does not
 * match means the file was changed after it: ERR_UNTRUSTED, code
 * "bad_signature". Different roles may be signed by different threads. */
MUST_USE int stage_sign(bool *more, const struct workspace *ws,
                        const struct workspace_role *r,
                        struct keyring_key *const *keys, size_t n_keys,
                        struct err *e);

/* Drafts that are written together, as many files of one role's bins: none
 * needs another to be there first. */
struct stage_batch {
	struct fs_batch files;
	bool burned; /* numbers, which drafts.json does not say yet */
};

/* stage_put(), done by the commit at the latest. */
MUST_USE int stage_batch_put(struct stage_batch *b, const struct workspace *ws,
                             const char *role, const struct tuf_targets *t,
                             size_t *dropped, struct err *e);

/* The same for what stage_sign() has signed. */
MUST_USE int stage_batch_signed(struct stage_batch *b,
                                const struct workspace *ws,
                                const struct workspace_role *r, struct err *e);

MUST_USE int stage_batch_commit(struct stage_batch *b,
                                const struct workspace *ws, struct err *e);
void stage_batch_fini(struct stage_batch *b);
DEFINE_SCOPED_PLACE(stage_batch_fini, struct stage_batch)

/* How far a staged file is. */
struct stage_progress {
	size_t have;  /* of the quorum that is furthest from its threshold */
	int64_t need; /* that threshold */
	bool complete;
	/* Why it is not promoted although it is complete: a delegator is not,
	 * or clients would see a repository that breaks a rule, such as a plan
	 * before its release. "" when nothing is in the way. */
	char waits_for[ERR_MSG_MAX];
};
void stage_progress(struct stage_progress *out, const struct workspace *ws,
                    const struct workspace_role *r);
/* Key ids that may still sign, each once; the caller frees. */
size_t stage_missing(char (**keyids)[KEY_ID_SIZE], const struct workspace *ws,
                     const struct workspace_role *r);

/* Why a complete draft is not promoted: what the catalog says against it and
 * the complete ones of its family (a role and its bins), or that a complete
 * file would be left without the keys it is signed by. "" when nothing. */
void stage_order(char waits_for[ERR_MSG_MAX], const struct workspace *ws,
                 const struct workspace_role *r);

/* Moves every complete staged file to metadata/, those first that others
 * delegate to and wait for; calls fn for each. Reloads the workspace. */
typedef void stage_promoted_fn(void *ctx, const char *role, int64_t version);
MUST_USE int stage_promote(struct workspace *ws, stage_promoted_fn *fn,
                           void *ctx, struct err *e);

/* The same for a workspace that was read after the last change on disk. */
MUST_USE int stage_promote_read(struct workspace *ws, stage_promoted_fn *fn,
                                void *ctx, struct err *e);

/* metadata/N.ROLE.json by the commit of the batch; the same bytes there already
 * are fine, others ERR_CONFLICT. */
MUST_USE int stage_write_complete(struct fs_batch *files,
                                  const struct workspace *ws, const char *role,
                                  int64_t version, const struct buf *file,
                                  struct err *e);

/* The signed file of a role from its document, for a ceremony that has every
 * key at hand. */
MUST_USE int stage_write_signed(const struct workspace *ws, const char *role,
                                int64_t version, const struct buf *signed_bytes,
                                struct keyring_key *const *keys, size_t n_keys,
                                struct err *e);

#endif
