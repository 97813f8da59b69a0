/*
 * Revisions of one plan that go on with each other's trials: a revision
 * without `resumes` keeps them (rollout-rules.md, Resume), while their rows
 * stay with the rollout that granted them. After a restart the newest reads
 * them all again.
 */
#ifndef SERVER_FLEET_LINEAGE_H
#define SERVER_FLEET_LINEAGE_H

#include "server/fleet/live.h"
#include "server/store/rollouts.h"
#include "server/store/trials.h"

struct lineage {
	struct rollout_row *items;
	size_t len, cap;
};

void lineage_fini(struct lineage *l);
DEFINE_SCOPED_PLACE(lineage_fini, struct lineage)
/* Every rollout, ended ones too. */
void lineage_note(struct lineage *l, const struct rollout_row *row);

/* All of them from the database. */
MUST_USE int lineage_load(struct lineage *l, struct store *s, struct err *e);

/* Every trial of the rollouts that r goes on with, oldest first, its cell as
 * r's plan numbers it; those of cells r does not have are left out. */
MUST_USE int lineage_each(const struct lineage *l, struct store *s,
                          const struct rollout *r, trials_fn *fn, void *ctx,
                          struct err *e);

#endif
