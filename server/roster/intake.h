/*
 * The batches as they were last committed, in memory: whoever comes with a
 * token that was made up, or in the name of a device that its batch is not
 * for, is turned away without a turn of the scribe. What this lets through is
 * plausible; the scribe looks again, with the quota.
 *
 * A list is immutable; the scribe puts a new one into the slot after each
 * change. Where none can be read the slot is empty, and nobody is turned away.
 */
#ifndef SERVER_ROSTER_INTAKE_H
#define SERVER_ROSTER_INTAKE_H

#include "lib/base/lock.h"
#include "server/roster/wire.h"
#include "server/store/batches.h"

struct intake;

/* What of a batch decides who may come; the strings are borrowed. */
struct intake_batch {
	uint8_t token_hash[BATCH_HASH_SIZE];
	int64_t key, expires_ms, quarantined_ms;
	const char *id, *product;
	const char *hw, *regions, *channels; /* JSON lists */
	char *owned; /* the block they all stand in; NULL: not ours */
};
struct intake_batch intake_batch(const struct batch_row *b);

struct intake_slot {
	struct lock lock;
	struct intake *current;
};

void intake_init(struct intake_slot *s);
void intake_fini(struct intake_slot *s);
/* The scribe's thread, or before it runs. */
MUST_USE int intake_load(struct intake_slot *s, struct store *store,
                         struct err *e);

/* Any thread, without SQL. 0: as far as this can tell it may enrol. */
MUST_USE int intake_check(struct intake_slot *s, const struct wire_enrol *in,
                          int64_t now_ms, struct err *e);

/* May a device enrol with this batch? Its quota is not looked at. Pure. */
MUST_USE int intake_judge(const struct intake_batch *b,
                          const struct wire_enrol *in, int64_t now_ms,
                          struct err *e);
/* What is said of a token that no batch has. Always -1. */
int intake_unknown(struct err *e);

#endif
