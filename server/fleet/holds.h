/*
 * Holds carried out (rollout-rules.md, Hold). Which scopes are on hold is the
 * engine's to say, and denies grants by itself at once. Here is what follows:
 * a hold that begins or ends is stored with since when, audited and logged,
 * and `run: hold` is signed while everything that is not halted is held, and
 * unsigned when that ends.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_HOLDS_H
#define SERVER_FLEET_HOLDS_H

#include "server/fleet/fleet.h"

/* Inside fleet_open(), after the trials: what was on hold when the server
 * stopped; and the first tick, so that the first state signed says the same. */
MUST_USE int holds_load(struct fleet *f, struct err *e);

/* Every second, after silence was looked at and by a clock that is not in
 * doubt. What cannot be stored or signed is tried again. */
void holds_follow(struct fleet *f, struct rollout *r);

#endif
