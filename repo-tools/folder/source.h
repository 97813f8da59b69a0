/*
 * The catalog of a repository folder as it would be with a draft: what a
 * release engineer is about to stage is refused here with the words the
 * server would use.
 */
#ifndef REPO_TOOLS_FOLDER_SOURCE_H
#define REPO_TOOLS_FOLDER_SOURCE_H

#include "lib/catalog/catalog.h"
#include "repo-tools/folder/workspace.h"

struct source {
	const struct workspace *ws;
	/* What clients see, with what is on trial; else staged files win. */
	bool complete_only;
	/* A draft in place of a role's file; NULL for none. */
	const char *draft_role;
	const struct tuf_targets *draft;
	/* More drafts than one: NULL for a role that has none. */
	const struct tuf_targets *(*drafted)(void *ctx, const char *role);
	void *drafted_ctx;
	const struct tuf_root *draft_root; /* NULL: none */
	/* The bytes of a target that is not on disk yet. */
	const char *blob_path;
	const struct buf *blob;
};

/* Both root and targets must be there, else ERR_NOT_FOUND. */
MUST_USE int source_catalog(struct catalog *out, const struct source *s,
                            struct err *e);

/* The bytes of a target below targets/, checked against its entry;
 * ERR_UNTRUSTED when they differ. */
MUST_USE int source_read_blob(const struct workspace *ws,
                              const struct tuf_target *entry, struct buf *out,
                              struct err *e);
/* The same check without keeping the bytes, for files of any size. */
MUST_USE int source_check_blob(const struct workspace *ws,
                               const struct tuf_target *entry, struct err *e);

#endif
