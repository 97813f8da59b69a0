/*
 * Who is kept back to compare with (rollout-rules.md, Hold-back): refused a
 * start until the watch ends, and enrolled as a control unit (controls.h) at
 * the check-in at which the start would have been granted.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_KEPT_BACK_H
#define SERVER_FLEET_KEPT_BACK_H

#include "server/fleet/fleet.h"
#include "server/store/trials.h"

/* Before a plan starts, or a revision goes on: there must be enough devices in
 * its scope to keep some back. ERR_INVALID, "holdback_small". */
MUST_USE int kept_back_check(struct fleet *f, const char *product,
                             const struct plan *p, struct err *e);

bool kept_back_has(const struct rollout *r, const struct device_rec *d);

/* Inside a transaction: the row of a new unit, which *out is; memory follows
 * the commit, by kept_back_enrolled(). */
MUST_USE int kept_back_enrol(struct control *out, struct fleet *f,
                             const struct rollout *r,
                             const struct device_rec *d, int cell,
                             int32_t told_s, struct err *e);
void kept_back_enrolled(struct fleet *f, struct rollout *r, size_t device,
                        const struct control *u);

/* The device checks in: units of it that joined soft_s ago or longer were
 * heard of. Inside a transaction; 1: written, 0: there were none, -1. Then
 * after the commit, with the same time. */
MUST_USE int kept_back_heard(struct fleet *f, const struct device_rec *d,
                             int64_t now_ms, struct err *e);
void kept_back_was_heard(struct fleet *f, size_t device,
                         const struct device_rec *d, int64_t now_ms);

/* Units past hard_s that were not heard of are silent: some of them each
 * second. A restart finds the others again. */
void kept_back_expire(struct fleet *f, struct rollout *r);

/* A row of the start, or of the revision before. */
void kept_back_load(struct fleet *f, struct rollout *r,
                    const struct trial_row *row);

#endif
