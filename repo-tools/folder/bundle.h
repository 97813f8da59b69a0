/*
 * A draft on a stick: one file with all that somebody on another machine,
 * who has nothing but a key, needs to see and sign what is staged, and to
 * bring signatures back (doc/signing-events.md has the format).
 *
 * Reading is strict and bounded and believes nothing: what it gives is text
 * until draft_import.c has verified it.
 */
#ifndef REPO_TOOLS_FOLDER_BUNDLE_H
#define REPO_TOOLS_FOLDER_BUNDLE_H

#include "repo-tools/folder/drafts.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/workspace.h"

/* Bytes: a million targets in bins, and room. */
#define BUNDLE_MAX ((size_t)256 << 20)
#define BUNDLE_FILES_MAX 16384
#define BUNDLE_NAME_MAX (TUF_ROLE_MAX + 32)

struct bundle_draft {
	const char *role;
	int64_t version;
	int64_t base_version; /* 0: the role has no complete version */
	char base_sha256[SHA256_HEX_SIZE]; /* of its signed bytes */
	const char *text;                  /* the staged file */
};

struct bundle_text {
	const char *name; /* "3.root.json", or a target path */
	const char *text;
};

struct bundle {
	struct js_doc doc; /* owns the strings */
	char repo[REPO_ID_SIZE];
	int64_t made_s, created_s;
	struct bundle_draft *drafts;
	struct bundle_text *metadata, *plans;
	size_t n_drafts, n_metadata, n_plans;
	struct holders holders;
	struct drafts numbers;
};

/* ERR_INVALID for anything that is not exactly the format. */
MUST_USE int bundle_read(struct bundle *b, const char *path, struct err *e);
void bundle_fini(struct bundle *b);
DEFINE_SCOPED_PLACE(bundle_fini, struct bundle)

/* Everything staged in the folder with the complete files and the plans it
 * stands on. */
MUST_USE int bundle_write(struct buf *out, const struct workspace *ws,
                          const struct holders *h, struct err *e);

/* sha256 of what signatures cover. */
void bundle_signed_sha256(char out[SHA256_HEX_SIZE], const struct role_doc *d);

#endif
