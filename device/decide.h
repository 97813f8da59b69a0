/*
 * A device's own decision: refresh, then decide, both whole (trust.md check
 * 6). What the refresh learnt to remember (marks, latches, the floor of time)
 * is in the state afterwards; the caller saves it before it acts.
 */
#ifndef DEVICE_DECIDE_H
#define DEVICE_DECIDE_H

#include "device/state.h"
#include "device/world.h"

/* What only the device knows, at this moment. */
struct device_facts {
	int battery_pct;          /* -1: mains */
	int64_t flash_free_bytes; /* -1: not limited */
	bool consent_given;
};

/* utc_s: the wall clock, whatever it says; a device provisioned without one
 * does not look at it. On -1 the state may have lost a floor or a mark that
 * a new root made void, and nothing else. */
MUST_USE int decide_refresh(struct world **out, struct device_state *s,
                            const struct provision *p, struct origin *o,
                            int64_t utc_s, struct err *e);

/* plan_sha256: of the open attempt for OFFER_ACTIVATE; else NULL. */
void decide_offer(struct offer *out, const struct world *w,
                  const struct device_state *s, const struct provision *p,
                  const struct device_facts *facts, int64_t utc_s,
                  enum offer_step step, const char *plan_sha256);

/* The refusal behind an offer that is none: the problem of the state or of
 * the rule; NULL when there is none. Its code names the check. */
const struct err *decide_problem(const struct world *w, const struct offer *o);

/* Passing conditions are deferred, breaches refused; what is only "not yet"
 * or "not for you" is neither and is not reported. */
bool decide_is_refusal(enum offer_why why);

#endif
