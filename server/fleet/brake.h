/*
 * The brake that needs no key: with each signing, what the online keys would
 * say if everything were on hold is signed too, one version above, and kept
 * on disk (server/repo/all_hold.h). When the signer fails (keys gone, refusing)
 * and something must stop, or at a start that cannot sign, this set is
 * published. The next signing is above it.
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_BRAKE_H
#define SERVER_FLEET_BRAKE_H

#include "server/fleet/fleet.h"

/* Signs the all-hold set over `v`, which is not visible yet, as the next one.
 * Without one (it could not be signed, or the gate refuses it) *v can be
 * published all the same; TROUBLE_BRAKE says that there is none. */
void brake_make(struct fleet *f, struct online_maker *m, const struct view *v);
/* Puts it on the disk; the next one beside the one that still counts. */
void brake_keep(struct fleet *f);
/* Each second: one that could not be put there is, within seconds of its disk
 * being well again; without any signing. */
void brake_retry(struct fleet *f);
/* `v` became visible, or did not. */
void brake_adopt(struct fleet *f);
void brake_drop(struct fleet *f);
/* What became visible has everything on hold too, and is not what is true. */
void brake_stay(struct fleet *f);

/* Publishes it. 0 also when it is out already; ERR_NOT_FOUND, code
 * "no_hold_set", when none fits. After a crash it need not be known whether
 * it was out: a start that cannot sign pulls it again, and one that can signs
 * above it. */
MUST_USE int brake_pull(struct fleet *f, struct err *e);
/* At start: finds the one that fits what is published. */
void brake_load(struct fleet *f);
void brake_fini(struct fleet *f);

#endif
