/*
 * What a draft changes, as clauses a person says: "adds release 2.1.0 for
 * rev-b". A draft of a role and its bins is one draft.
 */
#ifndef REPO_TOOLS_FOLDER_CHANGES_H
#define REPO_TOOLS_FOLDER_CHANGES_H

#include "lib/base/buf.h"
#include "repo-tools/folder/holders.h"
#include "repo-tools/folder/workspace.h"

struct change {
	const char *kind; /* "release_added", for machines */
	char *text;
	char *subject; /* path, role or key id */
};

struct changes {
	struct change *items;
	size_t len, cap;
	bool first; /* nothing of the role is complete yet */
};

/* For a role that is no bin and has something staged, itself or a bin. */
void changes_init(struct changes *c, const struct workspace *ws,
                  const struct workspace_role *r, const struct holders *h);
void changes_fini(struct changes *c);
DEFINE_SCOPED_PLACE(changes_fini, struct changes)

/* All of them in one sentence, which ends with "nothing else changes". */
void changes_sentence(struct buf *out, const struct changes *c);

#endif
