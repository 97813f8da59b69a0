/*
 * Role files that are about to be read, hundreds of bins say, parsed and
 * verified by all processors beforehand. It is no shortcut: whoever asks for
 * such a file gets what reading it would have given, and looks at it as ever;
 * a file that could not be read here is read then, and refused there.
 */
#ifndef REPO_TOOLS_FOLDER_READ_AHEAD_H
#define REPO_TOOLS_FOLDER_READ_AHEAD_H

#include "lib/base/strmap.h"
#include "repo-tools/folder/role_doc.h"

struct read_ahead_file {
	char *path;
	char role[TUF_ROLE_MAX];
	bool has_quorum;
	struct tuf_quorum by;
	struct buf bytes;
	struct role_doc *doc;
};

struct read_ahead {
	struct read_ahead_file *items;
	size_t len, cap;
	size_t parsed; /* of them */
	struct strmap by_path;
};

void read_ahead_fini(struct read_ahead *a);
DEFINE_SCOPED_PLACE(read_ahead_fini, struct read_ahead)

/* One that will be asked for; takes over the path. `by`, or NULL: who is going
 * to be asked whether they signed it; what it points to stays until the
 * run. */
void read_ahead_add(struct read_ahead *a, char *path, const char *role,
                    const struct tuf_quorum *by);
/* Parses what was added. */
void read_ahead_run(struct read_ahead *a);

/* The document of this file, once, to the caller; NULL: it is not here. */
struct role_doc *read_ahead_take(const struct read_ahead *a, const char *path);

#endif
