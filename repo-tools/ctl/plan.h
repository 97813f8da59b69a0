/*
 * A plan as an operator names it: by its whole target path, or by its id,
 * which then means its highest published revision.
 */
#ifndef REPO_TOOLS_CTL_PLAN_H
#define REPO_TOOLS_CTL_PLAN_H

#include "cli/cli.h"
#include "lib/json/js.h"

/* The path in fresh memory. "plan/…" is taken as it is; "ID" and
 * "PRODUCT/ID" are looked up in the server's catalog: ERR_NOT_FOUND with the
 * nearest id, ERR_USAGE when several products have it. */
MUST_USE int ctl_plan_path(char **out, const struct cli *c, const char *name,
                           struct err *e);

/* The same in a catalog that was fetched. */
MUST_USE int ctl_plan_find(char **out, const struct js_at *catalog,
                           const char *name, struct err *e);

#endif
