/*
 * The visible set: which version of each role is current, and the changes
 * that made it so. A version never goes back; the database itself refuses.
 */
#ifndef SERVER_STORE_PUBLISHED_H
#define SERVER_STORE_PUBLISHED_H

#include "server/store/metadata.h"

enum published_cause {
	PUBLISHED_PUBLISH, /* new signed files came in */
	PUBLISHED_RESIGN,  /* lives were renewed */
	PUBLISHED_ROLLOUT, /* a stage or a state changed */
	PUBLISHED_HALT,    /* something was stopped */
	PUBLISHED_CAUSES
};

/* Begins a change of the set; its number goes to *out. In one transaction
 * with the versions it makes current. */
MUST_USE int published_add(int64_t *out, struct store *s, int64_t at_ms,
                           enum published_cause cause, const char *actor,
                           struct err *e);
/* Makes an issued version current; ERR_INVALID when it was not issued,
 * ERR_CONFLICT, code "version_back", below the current one. */
MUST_USE int published_set(struct store *s, const char *role, int64_t version,
                           int64_t change, struct err *e);
/* The current version; 0 when the role has none. */
MUST_USE int published_version(int64_t *out, struct store *s, const char *role,
                               struct err *e);

/* The current set with its bytes, in the order of role names. */
MUST_USE int published_each(struct store *s, metadata_fn *fn, void *ctx,
                            struct err *e);

#endif
