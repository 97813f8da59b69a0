/*
 * A halt is a latch: it stops its cells in every revision of the plan, until
 * one above it lists them in `resumes`. What a new rollout takes over is
 * looked for in the database, among all revisions of the id: a plan may have
 * been withdrawn, or narrowed and widened again, since.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_LATCH_H
#define SERVER_FLEET_LATCH_H

#include "server/fleet/fleet.h"

/* Halts in `to`, cell by cell, whatever another revision of its plan halted
 * and knew, and no revision above that one up to its own resumes. When
 * nothing of it is left to go on, its state is ROLLOUT_HALTED. In memory: the
 * caller writes the rows with the rollout's own. */
MUST_USE int latch_carry(struct rollout *to, struct fleet *f, struct err *e);

#endif
