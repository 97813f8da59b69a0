/*
 * Why a scope is on hold: inputs, so that anyone recomputes it, and the
 * sentence people read.
 */
#ifndef LIB_ROLLOUT_HOLD_H
#define LIB_ROLLOUT_HOLD_H

#include "lib/rollout/scopes.h"

#define HOLD_TEXT 320 /* two names and six numbers at their longest */

struct hold {
	enum scope_kind kind;
	word hw, region;         /* "*" where it spans */
	int64_t overdue, silent; /* counted together … */
	int64_t trials;          /* … among so many */
	int64_t bound;           /* so many hold */
	int32_t p_silent_ppm, alpha_silent_ppm;
	int32_t weight_ppm;
	int64_t epoch; /* alpha_silent was halved so often */
	char text[HOLD_TEXT];
};

/* From a scope that holds. */
void hold_fill(struct hold *out, const struct scopes *s,
               const struct scope *sc);

#endif
