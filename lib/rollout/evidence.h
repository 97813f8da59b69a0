/*
 * Why it halted: inputs, so that anyone recomputes the verdict, and the
 * sentence people read.
 */
#ifndef LIB_ROLLOUT_EVIDENCE_H
#define LIB_ROLLOUT_EVIDENCE_H

#include "lib/rollout/scopes.h"

#define EVIDENCE_DEVICES 5
#define EVIDENCE_TEXT 480 /* four names and five numbers at their longest */

struct evidence {
	enum scope_kind crossed;   /* whose sum crossed the bound */
	word hw, region;           /* of that scope, "*" where it spans */
	enum scope_kind halted_as; /* narrowest scope with every failure */
	word halt_hw, halt_region;
	/* Silence beside control units: so many of them, and of trials, in the
	 * hours that were compared (compare.h); 0: by the plan's own bar. */
	int64_t units, units_silent;
	bool silence; /* silent trials, not failures, were counted */
	int64_t failures, trials;  /* of the sum that crossed */
	int64_t bound;             /* s*(trials) */
	int32_t p0_ppm, alpha_ppm; /* for silence: p_silent, alpha_silent */
	int32_t weight_ppm;        /* of the scope */
	int64_t epoch;             /* alpha was halved so often */
	bool prefix;               /* it was a prefix older than soft_s */
	int64_t first_devices[EVIDENCE_DEVICES]; /* keys, in enrolment order */
	size_t n_first;
	int64_t at_ms;
	bool by_hand;
	char text[EVIDENCE_TEXT];
};

const char *scope_kind_name(enum scope_kind k);

/* From a sum that crossed at at_ms. */
void evidence_fill(struct evidence *out, const struct scopes *s,
                   const struct crossing *c, int64_t at_ms);

#endif
