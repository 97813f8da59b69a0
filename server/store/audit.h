/*
 * Who changed what, and why. Append-only: the database itself refuses to
 * change or remove a row.
 */
#ifndef SERVER_STORE_AUDIT_H
#define SERVER_STORE_AUDIT_H

#include "server/store/store.h"

/* Texts are never NULL; detail is a JSON object, "{}" when there is nothing
 * more to say. Never a secret. */
struct audit_row {
	int64_t number; /* given by the log, rising */
	int64_t at_ms;
	const char *actor;  /* a token's id, a batch, a part of the server */
	const char *action; /* "rollout.halt" */
	const char *object; /* what it was done to */
	const char *reason; /* as the actor gave it, or what was met */
	const char *request_id;
	const char *detail;
};

/* Its number goes to *out, which may be NULL. In the transaction of the change
 * it tells of. */
MUST_USE int audit_add(int64_t *out, struct store *s, const struct audit_row *a,
                       struct err *e);

typedef int audit_fn(void *ctx, const struct audit_row *a, struct err *e);
/* Newest first, below number `before`. */
MUST_USE int audit_page(struct store *s, int64_t before, int64_t limit,
                        audit_fn *fn, void *ctx, struct err *e);

#endif
