/*
 * Rules that stop a rollout, ours and the peers', each asked after every
 * report of a stage. Ours is the engine's own sum (lib/rollout/tally.h) over
 * its own integer table.
 */
#ifndef LIB_SIM_RULE_H
#define LIB_SIM_RULE_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum rule_kind {
	RULE_EPROCESS,    /* rollout-rules.md, Halt: one sum of this weight */
	RULE_HAWKBIT,     /* failed above p0 of the whole group, as hawkBit's
	                   * error threshold, an integer percent */
	RULE_PERCENT,     /* failed above p0 of those that reported */
	RULE_PERCENT_MIN, /* the same once `min` have reported, as AWS IoT Jobs'
	                   * abort criteria */
};
/* As --rule says them; ends with NULL. */
extern const char *const rule_names[];

struct rule_terms {
	enum rule_kind kind;
	int32_t p0_ppm;
	int32_t alpha_ppm; /* RULE_EPROCESS, with its weight */
	double weight;
	int64_t stage; /* devices; the group of RULE_HAWKBIT */
	int64_t min;   /* RULE_PERCENT_MIN */
};

/* What a peer's rule says of so many failures among so many reports. */
bool rule_peer_halts(const struct rule_terms *terms, int64_t failed,
                     int64_t reported);

/* ERR_USAGE when the rule cannot have these terms: hawkBit knows whole
 * percents alone. */
MUST_USE int rule_check(enum rule_kind kind, int32_t p0_ppm, struct err *e);

struct rule;

/* NULL when rule_check() refuses. */
struct rule *rule_new(const struct rule_terms *terms, struct err *e);
void rule_free(struct rule *r);
DEFINE_SCOPED(rule_free, struct rule *)

/* Forgets all reports: another stage. */
void rule_begin(struct rule *r);
/* The next device of the stage reports, at most `stage` of them: does the
 * rule halt now? */
bool rule_report(struct rule *r, bool failed);

#endif
