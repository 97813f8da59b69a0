/*
 * How many devices each stage of a rollout contains (rollout-rules.md,
 * Promotion: seen within 7 days, enrolled before it began). All are counted
 * when a rollout begins and at the start of the server; afterwards only the
 * devices that came, left or were revoked.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_REACH_H
#define SERVER_FLEET_REACH_H

#include "server/fleet/fleet.h"

/* Counts the whole fleet. */
void reach_count(struct fleet *f, struct rollout *r);
/* Takes in what changed, at most `max` devices; in a quiet moment. */
void reach_follow(struct fleet *f, size_t max);
/* Tells the engine: cells may have been halted since. */
void reach_tell(struct rollout *r);
/* Devices of one cell in the present stage. */
int64_t reach_of_cell(const struct rollout *r, int cell);

#endif
