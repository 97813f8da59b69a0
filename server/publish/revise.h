/*
 * What a publish does to rollouts: one whose plan is gone ends; one whose plan
 * has a newer revision goes on in that, in the same stage, on hold. The
 * scribe's thread alone.
 */
#ifndef SERVER_PUBLISH_REVISE_H
#define SERVER_PUBLISH_REVISE_H

#include "server/fleet/fleet.h"
#include "server/fleet/sign.h"

struct revision {
	struct rollout *old;
	const struct catalog_plan *plan; /* NULL: it ends */
	struct rollout *new;             /* made when it goes on */
	enum rollout_state old_state;
	int64_t old_ended_ms;
};
struct revisions {
	struct revision *items;
	size_t len, cap;
};

/* In memory, before signing. When it returns -1, or when the publish does not
 * happen, revise_undo() puts memory back. The caller frees out->items. */
MUST_USE int revise_begin(struct revisions *out, struct fleet *f,
                          struct set *set, struct err *e);
/* The rows, in the transaction of the publish; then, after the commit. */
MUST_USE int revise_write(struct fleet *f, struct revisions *v,
                          const struct deed *deed, struct err *e);
void revise_written(struct revisions *v, struct fleet *f);
void revise_undo(struct revisions *v, struct fleet *f);

#endif
