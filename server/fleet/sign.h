/*
 * From what is true to what is signed and visible, in the two orders that
 * matter (trust.md):
 *
 *   to stop    deny grants, journal, sign and swap, then commit  (judge.c)
 *   to go on   sign, commit, then swap                           (here)
 *
 * The scribe's thread alone.
 */
#ifndef SERVER_FLEET_SIGN_H
#define SERVER_FLEET_SIGN_H

#include "server/fleet/fleet.h"
#include "server/store/published.h"

/* Signs over the present set what the rollouts are now, and runs our own
 * client over the result. A reference for the caller, or NULL. Nothing is
 * visible yet. */
struct view *sign_view(struct fleet *f, struct err *e);

/* What would be visible of a set, signed so that it can be judged: by
 * gate_check(), on a thread that may take its time. It has no all-hold set
 * yet, and its version numbers are used. */
struct proposal {
	struct view *base; /* what is visible when it is made; NULL: nothing */
	struct view *view;
	bool is_verified; /* gate_check() took it, for holders of base */
};
MUST_USE int sign_propose(struct proposal *out, struct fleet *f,
                          struct set *set, struct err *e);
/* Any thread. */
void proposal_fini(struct proposal *p);

/* Inside a transaction: the files of `v` that are not stored yet, and which
 * versions are now current. */
MUST_USE int sign_save(struct fleet *f, const struct view *v,
                       enum published_cause cause, const char *actor,
                       struct err *e);

/* Signs, swaps, and saves if it can: for halts. */
void sign_at_once(struct fleet *f);

/* Who does what to what, and why: a row of the audit log. */
struct deed {
	const char *actor;
	const char *action; /* "rollout.start" */
	const char *object;
	const char *reason;
	const char *request_id;
	const char *detail; /* JSON object; NULL: {} */
};
MUST_USE int sign_audit(struct fleet *f, const struct deed *d, struct err *e);

/* Every client walks all roots there ever were. */
#define SIGN_ROOTS_A_YEAR 12

/* A change that lets something go on. Memory already says the new state;
 * `write` (may be NULL) writes its rows in the transaction that also stores
 * what was signed and the deed. When it returns -1 nothing is visible or
 * stored, and the caller puts memory back. A set that brings the 13th root
 * within 365 days: ERR_CONFLICT, code "too_many_roots", unless it is a single
 * one in an emergency. */
struct change {
	struct deed deed;
	enum published_cause cause;
	struct set *set; /* NULL: the present one */
	/* Over `set`, or NULL. What of it is still true is published as it is;
	 * the rest is signed anew and judged again. */
	const struct proposal *proposal;
	bool emergency;
	int (*write)(struct fleet *f, void *ctx, struct err *e);
	void *ctx;
};
MUST_USE int sign_change(struct fleet *f, const struct change *c,
                         struct err *e);

#endif
