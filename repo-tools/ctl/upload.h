/*
 * Bringing one file to the server, with its progress on standard error: a
 * line that moves on a terminal, else a line every few seconds.
 */
#ifndef REPO_TOOLS_CTL_UPLOAD_H
#define REPO_TOOLS_CTL_UPLOAD_H

#include "repo-tools/ctl/api.h"
#include "repo-tools/ctl/folder.h"

/* Does the server have these bytes? */
MUST_USE int ctl_upload_is_known(bool *out, struct ctl_api *a,
                                 const struct ctl_folder_blob *b,
                                 struct err *e);

/* PUTs the file at path; `label` is what the progress calls it. The file was
 * checked before; when it has changed since, the server refuses it. */
MUST_USE int ctl_upload_put(struct ctl_api *a, const struct ctl_folder_blob *b,
                            const char *path, const char *label, struct err *e);

#endif
