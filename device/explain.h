/*
 * A decision on paper: what would this device do with this repository, and
 * why? The same refresh and the same decision as the agent's, over a folder,
 * with nothing kept.
 */
#ifndef DEVICE_EXPLAIN_H
#define DEVICE_EXPLAIN_H

#include "device/facts.h"
#include "device/provision.h"
#include "device/state.h"

/* One JSON object into out. repo_dir has metadata/ and targets/ as they are
 * served. The state is changed as by decide_refresh. -1 when the refresh is
 * refused: then out says so, too. */
MUST_USE int explain(struct buf *out, const struct provision *p,
                     struct device_state *s, const struct facts *f,
                     const char *repo_dir, int64_t utc_s, struct err *e);

#endif
