/*
 * Epochs of a plan id (rollout-rules.md, Resume). A rollout that begins with
 * nothing carried over, because its revision lists `resumes` or because the
 * plan was withdrawn and is started anew, is a new epoch: empty sums, only
 * devices not yet tried, α halved once more.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_EPOCH_H
#define SERVER_FLEET_EPOCH_H

#include "server/fleet/fleet.h"

/* A rollout that begins: the epoch after all that its plan id had. */
MUST_USE int epoch_begin(struct rollout *r, struct fleet *f, struct err *e);
/* A rollout in this epoch: halves its α, before it has trials and halts, and
 * reads who was tried before. */
MUST_USE int epoch_enter(struct rollout *r, struct fleet *f, int64_t epoch,
                         struct err *e);

#endif
