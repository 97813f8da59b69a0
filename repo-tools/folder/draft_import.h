/*
 * Taking a draft from a stick: everything in it is verified as if it stood in
 * the folder already, and only then written there.
 *
 * Complete files have to verify from the root this folder trusts. A draft has
 * to stand on the complete version that is the newest here; its signatures
 * have to be over its bytes; and where the folder has a draft of the same
 * version, its bytes have to be the same, and signatures are united.
 *
 * Nobody has signed the numbers that a bundle calls used. They take away no
 * draft that is staged here, and only a draft with a signature of the role may
 * be far ahead of what is complete.
 *
 * Codes of refusals: "wrong_repo", "untrusted_root", "stale_draft",
 * "other_draft", "burned", "bad_signature", "reissued", "unknown_role", and
 * those of workspace_reload(), the lint and the catalog.
 */
#ifndef REPO_TOOLS_FOLDER_DRAFT_IMPORT_H
#define REPO_TOOLS_FOLDER_DRAFT_IMPORT_H

#include "repo-tools/folder/bundle.h"

struct draft_import {
	struct workspace *ws;
	const struct bundle *b;
	bool fresh;          /* the folder is made by this */
	size_t n_signatures; /* new here */
	size_t n_complete;   /* complete files new here */
	size_t n_done;       /* drafts whose version is complete already */
};

/* ws is open, with only pawl.json read, or is to be made (`fresh`; its
 * identity is then the bundle's, and trusted_root, 16 or more hex digits of
 * the sha256 of 1.root.json, says that somebody compared it). After it ws is
 * as if the bundle stood in the folder. */
MUST_USE int draft_import_check(struct draft_import *m,
                                const char *trusted_root, struct err *e);
/* Writes it. A crash leaves what verifies (but between two new roots that give
 * targets other keys each, and where a later draft than a complete version that
 * comes is staged); the same import again completes it. */
MUST_USE int draft_import_write(struct draft_import *m, struct err *e);

#endif
