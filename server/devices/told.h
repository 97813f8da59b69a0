/*
 * How long a device is told to wait before it asks again. Pure; any thread.
 *
 * A device with an open attempt is told a short while (ENGINE_POLL_OPEN_S at
 * most), because when it counts as overdue follows from that
 * (rollout-rules.md, Hold). Every interval told to it is on the disk with its
 * trial before it is told: a restart assumes nothing. What an idle device was
 * told is in no rule, and is not stored.
 */
#ifndef SERVER_DEVICES_TOLD_H
#define SERVER_DEVICES_TOLD_H

#include "server/fleet/fleet.h"

int32_t told_idle(const struct fleet *f, const struct device_rec *r);
int32_t told_open(const struct fleet *f, const struct device_rec *r);

#endif
