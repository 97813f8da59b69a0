/*
 * A rollout as people read it: in one line, or whole with its stages, cells
 * and halts. `at` is the server's ROLLOUT object; what it lacks is shown as
 * "-".
 */
#ifndef REPO_TOOLS_CTL_ROLLOUT_SHOW_H
#define REPO_TOOLS_CTL_ROLLOUT_SHOW_H

#include "cli/cli.h"
#include "lib/base/buf.h"
#include "lib/json/js.h"

#include <stddef.h>

/* "running, stage 2 of 4 (5%), confirmed 15, failed 2, open 3, silent 0". */
void ctl_rollout_show_line(struct buf *out, const struct js_at *at);
/* "2/4 5%"; "-" before the first. */
void ctl_rollout_show_stage(struct buf *out, const struct js_at *at);

MUST_USE int ctl_rollout_show_all(struct cli *c, const struct js_at *at,
                                  struct err *e);

/* Prints the halts from the `skip`-th on, each with its evidence. */
MUST_USE int ctl_rollout_show_halts(const struct cli *c, const struct js_at *at,
                                    size_t skip, struct err *e);

/* Rows of `list`, each a rollout; `limit` of them at most. */
MUST_USE int ctl_rollout_show_table(const struct cli *c,
                                    const struct js_at *list, size_t limit,
                                    struct err *e);

#endif
