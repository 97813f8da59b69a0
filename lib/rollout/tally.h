/*
 * One sum: the trials of one scope in the order of their enrolment, which of
 * them failed, and whether the whole or an old enough prefix crosses the
 * bound. What counts as a failure (failed, silent) is its owner's business.
 *
 * Adding costs nothing; a failure or a trial that leaves costs the failures
 * after it in the order, usually few. Asking costs a look in a table.
 */
#ifndef LIB_ROLLOUT_TALLY_H
#define LIB_ROLLOUT_TALLY_H

#include "lib/rollout/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A failure; the owner fills device, cell and old_ms. */
struct tally_mark {
	int64_t device;
	int cell;
	int64_t old_ms; /* from then on its trial is older than soft_s */
	uint32_t place; /* in the order of enrolment */
	int64_t rank;   /* trials up to and with it that have not left */
};

struct tally {
	struct stats_table *table; /* borrowed; grown as trials come */
	uint32_t added;
	uint32_t *gone; /* places that left, rising */
	size_t n_gone, gone_room;
	struct tally_mark *marks; /* by place */
	size_t n_marks, marks_room;
	/* When the first prefix that crosses is old enough; INT64_MAX when
	 * none crosses. */
	int64_t cross_ms;
};

void tally_init(struct tally *t, struct stats_table *table);
void tally_fini(struct tally *t);
/* Forgets all trials. */
void tally_reset(struct tally *t);

/* One more trial; its place. */
uint32_t tally_add(struct tally *t);
/* A trial that did not fail leaves the order, once. */
void tally_leave(struct tally *t, uint32_t place);
/* A trial that has not left failed, once. */
void tally_fail(struct tally *t, uint32_t place, int64_t device, int cell,
                int64_t old_ms);

int64_t tally_trials(const struct tally *t);
int64_t tally_failures(const struct tally *t);
/* The whole sum crosses, with two devices failed. */
bool tally_crosses(const struct tally *t);
/* The shortest prefix older than the soft deadline that crosses: the number
 * of its failures (the last of them ends it), or 0. A prefix that ends in a
 * success crosses only when the one up to its last failure does. */
size_t tally_prefix(const struct tally *t, int64_t now_ms);

#endif
