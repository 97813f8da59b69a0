/*
 * What is shown and also written down, as JSON: the moment, the evidence of a
 * halt, why a scope is on hold. The audit log keeps it in the same words, and
 * the database gives the evidence back at the start. The rest of what people
 * are shown is server/show's. The scribe's thread alone.
 */
#ifndef SERVER_FLEET_WRITTEN_H
#define SERVER_FLEET_WRITTEN_H

#include "lib/json/jw.h"
#include "server/fleet/fleet.h"

/* A moment, or null for 0: never, not yet. */
void show_when(struct jw *w, const char *key, int64_t ms);
/* A hold that began then; 0: not stored yet. */
void show_put_hold(struct jw *w, const struct hold *h, int64_t since_ms);
void show_put_evidence(struct jw *w, struct fleet *f, const struct evidence *v);
/* Its members that a verdict is made of. */
void show_put_sum(struct jw *w, const struct evidence *v);
void show_evidence(struct buf *out, struct fleet *f, const struct evidence *v);
/* The same back from the database; what cannot be read stays zero, the halt
 * stands all the same. */
void show_read_evidence(struct evidence *out, struct fleet *f,
                        const char *json);

#endif
