/*
 * The stages of a plan as people write them: "1%:6h,5%:12h,100%:7d", a share
 * and how long it soaks; or a JSON file, where a stage may have a date and
 * larger shares for small cells, and devices can be named to go first.
 */
#ifndef REPO_TOOLS_FOLDER_PLAN_STAGES_H
#define REPO_TOOLS_FOLDER_PLAN_STAGES_H

#include "lib/rollout/plan.h"

/* Fills p->stages; each begins when the one before has soaked, the first at
 * start_s. Whether they rise is plan_parse()'s business. */
MUST_USE int plan_stages_parse(struct plan *p, const char *text,
                               int64_t start_s, struct err *e);

/* {"stages": [{"ppm", "soak_s", "not_before"?, "cells"?: [{"hw", "region",
 * "ppm"}]}], "members"?: [device ids]}. p->release_sha256 is set already. */
MUST_USE int plan_stages_parse_json(struct plan *p, const char *name,
                                    const void *bytes, size_t len,
                                    int64_t start_s, struct err *e);
/* The same from a file. */
MUST_USE int plan_stages_read_file(struct plan *p, const char *path,
                                   int64_t start_s, struct err *e);

#endif
