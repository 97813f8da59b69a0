/*
 * Who asked for a plan (trust.md, Roles): recorded in the entry of plans.P
 * that lists it, `custom` {"plan":{"initiator":NAME}}, so that it travels with
 * the draft and is signed with it. Who asks does not approve: a key of that
 * label signs no draft that brings the plan. A rule of process that this tool
 * keeps; devices do not look.
 */
#ifndef REPO_TOOLS_FOLDER_INITIATOR_H
#define REPO_TOOLS_FOLDER_INITIATOR_H

#include "lib/crypto/secretfile.h"
#include "repo-tools/folder/workspace.h"

#define INITIATOR_SIZE SECRETFILE_LABEL_SIZE

/* The entry's custom, which the caller frees; NULL with ERR_USAGE when the
 * name is none: 1 to 64 printable characters. */
char *initiator_custom(const char *name, struct err *e);
/* "" when nobody recorded one; -1 when what is recorded does not read. */
MUST_USE int initiator_of(char out[INITIATOR_SIZE],
                          const struct tuf_target *entry, struct err *e);

/* May the holder of a key with this label sign the role's draft? Code
 * "initiator_approves": he asked for a plan that the draft brings. Nobody may
 * while it does not read who asked. */
MUST_USE int initiator_check(const struct workspace_role *r, const char *label,
                             struct err *e);

#endif
