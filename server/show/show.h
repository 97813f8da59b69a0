/*
 * What operators are shown, as JSON: one writer for API, dashboard and audit
 * log, so that all three say the same. The scribe's thread alone.
 */
#ifndef SERVER_SHOW_SHOW_H
#define SERVER_SHOW_SHOW_H

#include "lib/json/jw.h"
#include "server/fleet/fleet.h"
#include "server/fleet/written.h"

/* actor.c: who acted, under `key` his id, and under "…_name" the name of
 * his token, "ana (revoked)" when it is; the id again for a batch or a part of
 * the server, or when the token is not known here. */
void show_actor(struct jw *w, struct fleet *f, const char *key,
                const char *actor);
/* A plan's, under `stages`. */
void show_stages(struct jw *w, const struct plan *p);
/* scope.c: the unfinished rollouts that r takes devices from, and those
 * that take some of r's; how a decision came about, rule by rule. */
void show_precedence(struct jw *w, struct fleet *f, const struct rollout *r);
/* scope.c: the member "recalled_by". */
void show_recall(struct jw *w, const struct fleet *f, const struct rollout *r);
void show_steps(struct jw *w, const struct state_file *s, const struct offer *o,
                const struct offer_device *d);
/* eta.c: the member "eta". */
void show_eta(struct jw *w, struct fleet *f, const struct rollout *r);
/* rollout.c: one, and all. */
void show_rollout(struct jw *w, struct fleet *f, const struct rollout *r);
/* With one number more, what an order answered. */
void show_rollout_and(struct buf *out, struct fleet *f, const struct rollout *r,
                      const char *key, int64_t n);
/* export.c: "rollout-export/1", the trials from `after` on, at most
 * `limit`; with the head when that is 0. */
MUST_USE int show_export(struct jw *w, struct fleet *f, const struct rollout *r,
                         int64_t after, int64_t limit, struct err *e);
/* Newest first. */
void show_rollouts(struct jw *w, struct fleet *f);
MUST_USE int show_overview(struct buf *out, struct fleet *f, struct err *e);
/* holds.c: under `holds` those of a rollout. */
void show_holds(struct jw *w, const struct rollout *r);
void show_catalog(struct buf *out, struct fleet *f);
/* The newest `limit` rows below `before` (0: from the newest). */
MUST_USE int show_audit(struct jw *w, struct fleet *f, int64_t before,
                        int64_t limit, int64_t *out_next, struct err *e);
void show_device(struct jw *w, struct fleet *f, size_t i);
/* why.c: the real decision trace: the same calls a check-in makes. */
void show_why(struct buf *out, struct fleet *f, size_t i);

#endif
