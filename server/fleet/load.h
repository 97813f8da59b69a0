/*
 * A start reads back what the fleet knew at the stop: devices, the published
 * set, rollouts with their trials and halts; what only the journal knows is
 * put back on top. In this order, before any other thread runs; each refusal
 * ends the start.
 */
#ifndef SERVER_FLEET_LOAD_H
#define SERVER_FLEET_LOAD_H

#include "server/fleet/fleet.h"

/* The setting that keeps since when a rollout is paused, and its key. */
#define LOAD_SETTING_PAUSE "paused_ms."

MUST_USE int load_devices(struct fleet *f, struct err *e);
/* Without a published set: TROUBLE_NOTHING_PUBLISHED, which is no refusal. */
MUST_USE int load_set(struct fleet *f, struct err *e);
MUST_USE int load_rollouts(struct fleet *f, struct err *e);

#endif
