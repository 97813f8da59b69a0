/*
 * Releases, plans and changes of roles in words: what a signer reads before
 * the key is used, and what `show` prints.
 */
#ifndef REPO_TOOLS_FOLDER_DESCRIBE_H
#define REPO_TOOLS_FOLDER_DESCRIBE_H

#include "lib/catalog/catalog.h"
#include "repo-tools/folder/workspace.h"

/* A few lines, each after `indent`. */
void describe_release(FILE *out, const char *indent,
                      const struct catalog_release *r);
void describe_plan(FILE *out, const char *indent, const struct plan *p);
/* "2 of 3 keys"; of an online role "1 online key". */
void describe_quorum(FILE *out, const char *role, int64_t threshold,
                     size_t n_keys);
/* snapshot, timestamp, rollout.P: their keys live on the server. */
bool describe_is_online(const char *role);

/* What the staged word of a role and its bins changes against the complete
 * one; the role is no bin. The catalog is that of the newest files. */
void describe_change(FILE *out, const struct workspace *ws,
                     const struct workspace_role *r, const struct catalog *c);

#endif
