/*
 * The control units of a rollout (rollout-rules.md, Hold-back): devices whose
 * bucket is kept back until the watch ends, to compare with. One enrols at a
 * check-in at which it would have been granted a start, in the order of its
 * row, and is then heard of again, soft_s later or after that, or falls silent
 * at the hard deadline like a trial. It is told nothing of it but that it is
 * kept back.
 *
 * A table of values: storing is kept_back.h's. The scribe's thread alone.
 */
#ifndef SERVER_FLEET_CONTROLS_H
#define SERVER_FLEET_CONTROLS_H

#include "lib/rollout/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control {
	int64_t device;
	int64_t owner; /* the rollout that its row names */
	int cell;
	bool counted; /* as of a trial */
	/* TRIAL_GRANTED: enrolled; TRIAL_CONFIRMED: heard of again; or
	 * TRIAL_SILENT. */
	enum trial_step step;
	int64_t at_ms;
	int64_t end_ms; /* when it was heard of, or fell silent */
};

struct controls {
	struct control *items; /* in the order of enrolment */
	size_t len, cap;
	uint32_t *by_device; /* open addressing: item + 1 */
	size_t slots;
	size_t first_open;              /* none before it waits */
	int64_t waiting, heard, silent; /* counted ones */
};

void controls_fini(struct controls *c);
size_t controls_add(struct controls *c, const struct control *u);
/* It was heard of again, or fell silent. */
void controls_end(struct controls *c, size_t i, enum trial_step to,
                  int64_t at_ms);
/* NULL when the device is none. */
const struct control *controls_find(const struct controls *c, int64_t device);
/* The first from *from on that waits since hard_ms or longer: its index, and
 * *from behind it; false when there is none. */
bool controls_next_silent(struct controls *c, int64_t now_ms, int64_t hard_ms,
                          size_t *from, size_t *out);

#endif
