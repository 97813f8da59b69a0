/*
 * What one batch may hold of a rollout (trust.md, "What the server must
 * keep"): at most the largest of 3, 20 % and its share of that scope's
 * devices seen in the 7 days before the rollout began, of the slots and of
 * each cell's trials. So a leaked batch token cannot speak for a fleet.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_SHARE_H
#define SERVER_FLEET_SHARE_H

#include "server/fleet/fleet.h"

/* Counts the devices of every batch: at the start of a rollout, and of the
 * server. */
void share_count(struct fleet *f, struct rollout *r);

enum share_room { SHARE_ROOM, SHARE_SLOTS, SHARE_TRIALS };
/* May one more device of this batch begin a trial in this cell? */
enum share_room share_room(const struct rollout *r, int cell, int64_t batch,
                           bool counted);

#endif
