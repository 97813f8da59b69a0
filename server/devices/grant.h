/*
 * What a check-in that wants something is given, as caps, halts and holds
 * stand in the transaction: a start, leave to activate; and what it is found
 * out to have lost. The scribe's thread alone.
 */
#ifndef SERVER_DEVICES_GRANT_H
#define SERVER_DEVICES_GRANT_H

#include "server/devices/checkin_job.h"

/* Inside the transaction. APPLY_REFUSED: the answer says why not, or says
 * again what was granted before. */
enum apply_result grant_start(struct fleet *f, struct checkin_job *j,
                              const struct device_rec *r,
                              const struct cohort *c, struct err *e);
enum apply_result grant_activate(struct fleet *f, struct checkin_job *j,
                                 const struct device_rec *r, struct err *e);
/* After *activated*, a check-in that no longer carries this attempt and shows
 * another image is a revert. APPLY_REFUSED: it is none. */
enum apply_result grant_revert(struct fleet *f, struct checkin_job *j,
                               const struct device_rec *r, struct err *e);

#endif
