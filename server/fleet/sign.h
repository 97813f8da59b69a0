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

/* Signs over a set (NULL: the present one) what the rollouts are now, and
 * runs our own client over the result. A reference for the caller, or NULL.
 * Nothing is visible yet. */
struct view *sign_view(struct fleet *f, struct set *set, struct err *e);

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
 * within 365 days: ERR_CONFLICT, code "too_many_roots". */
struct change {
	struct deed deed;
	enum published_cause cause;
	struct set *set; /* NULL: the present one */
	int (*write)(struct fleet *f, void *ctx, struct err *e);
	void *ctx;
};
MUST_USE int sign_change(struct fleet *f, const struct change *c,
                         struct err *e);

#endif
