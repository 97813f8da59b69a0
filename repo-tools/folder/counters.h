/*
 * The security counters that a product's releases ever had: a device keeps the
 * highest it confirmed, also when nobody lists that release any more.
 */
#ifndef REPO_TOOLS_FOLDER_COUNTERS_H
#define REPO_TOOLS_FOLDER_COUNTERS_H

#include "repo-tools/folder/workspace.h"

/* The highest in any complete version that the folder keeps of releases.P and
 * its bins; -1: none. What is staged does not count. */
MUST_USE int counters_highest(int64_t *out, const struct workspace *ws,
                              const char *product, struct err *e);
/* The same for releases.P itself, in words that a signer reads: an old file
 * that cannot be read hides nothing of what is complete now. */
int64_t counters_signed(const struct workspace *ws,
                        const struct workspace_role *r);

#endif
