/*
 * A plan from the options of `plan add`.
 */
#ifndef REPO_TOOLS_CMD_PLAN_OPTIONS_H
#define REPO_TOOLS_CMD_PLAN_OPTIONS_H

#include "lib/catalog/catalog.h"
#include "repo-tools/folder/workspace.h"

/* Everything but the revision, for a release of the catalog; codes
 * "unknown_release", "ambiguous_release". plan_fini() as usual, also after a
 * refusal. */
MUST_USE int plan_options_read(struct plan *out, const struct cli *c,
                               const struct workspace *ws,
                               const struct catalog_product *p, struct err *e);

/* A release by its path, or by its version when only one has it; the same
 * codes. */
MUST_USE int plan_options_release(const struct catalog_release **out,
                                  const struct catalog_product *p,
                                  const char *text, struct err *e);

#endif
