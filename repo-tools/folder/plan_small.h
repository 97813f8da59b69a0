/*
 * A larger share for small cells, so that every stage tries somebody there:
 * `plan add --min-devices N --fleet FILE`. Buckets decide who, so N devices
 * are meant in expectation (rollout-rules.md, Small cells).
 */
#ifndef REPO_TOOLS_FOLDER_PLAN_SMALL_H
#define REPO_TOOLS_FOLDER_PLAN_SMALL_H

#include "cli/cli.h"
#include "lib/rollout/plan.h"

/* What each stage says of each cell that FILE counts too few devices for.
 * The plan has its cells and stages; shares that are larger stay. What it
 * wrote goes to standard error, cell by cell. Neither option: nothing. */
MUST_USE int plan_small_read(struct plan *p, const struct cli *c,
                             struct err *e);

/* The share of a cell of so many devices that has `wanted` of them in
 * expectation; all of them where there are no more. */
int32_t plan_small_ppm(int64_t devices, int64_t wanted);

#endif
