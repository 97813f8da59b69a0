/*
 * What trust.c (questions), trust_step.c (their steps), trust_accept.c (the
 * checks of TUF 5.3 to 5.6) and trust_find.c (the walk) share. Nobody else
 * includes this.
 */
#ifndef LIB_TUF_TRUST_INTERNAL_H
#define LIB_TUF_TRUST_INTERNAL_H

#include "lib/tuf/doc.h"
#include "lib/tuf/trust.h"

/* Where the answer to the question stands. */
enum phase {
	PHASE_ROOT, /* TUF 5.3.3: is there a next one? */
	PHASE_ROOT_DONE,
	PHASE_TIMESTAMP_STORED,
	PHASE_TIMESTAMP,
	PHASE_TIMESTAMP_DONE,
	PHASE_SNAPSHOT_STORED,
	PHASE_SNAPSHOT,
	PHASE_ROLE, /* want.role, as want.delegator has it */
	PHASE_ROLE_STORED,
	PHASE_ROLE_FETCH,
	PHASE_ROLE_DONE,
	PHASE_WALK, /* which role is next? */
	PHASE_ANSWERED,
	PHASE_REFUSED
};

enum question { ASK_REFRESH, ASK_FIND, ASK_ROLE };

struct trust_role {
	char name[TUF_ROLE_MAX];
	/* Whose keys it was verified with; "" when that one was replaced
	 * since: what one delegator vouched for says nothing about another
	 * (TUF 5.6.3, specification issue 19). */
	char delegator[TUF_ROLE_MAX];
	struct tuf_doc *doc;
};

/* One delegation on the way: role, as delegator has it. */
struct trust_edge {
	char role[TUF_ROLE_MAX];
	char delegator[TUF_ROLE_MAX];
};

struct trust {
	int64_t now_s; /* TUF 5.1 */
	struct trust_limits limits;
	enum question question;
	enum phase phase;
	bool asked; /* a LOAD or FETCH waits for its answer */
	size_t asked_max;
	char asked_for[3 * TUF_ROLE_MAX + 32]; /* for errors */

	bool refreshed; /* look-ups are allowed */
	int new_roots;  /* in this refresh */
	/* Keys of timestamp or snapshot changed in this refresh: what is
	 * stored of them is no anchor any more (TUF 5.3.11), whether or not
	 * the store could drop it. */
	bool rotated;

	/* Who drives it, while somebody does: documents may be shared. */
	const struct trust_io *io;

	struct tuf_doc *root;
	struct tuf_doc *timestamp, *snapshot; /* NULL: none yet */
	struct trust_role **roles;            /* "targets" and delegated ones */
	size_t n_roles;

	struct trust_edge want;
	char *path;               /* of the look-up */
	struct trust_edge *stack; /* delegations not yet followed */
	size_t n_stack;
	char (*visited)[TUF_ROLE_MAX];
	size_t n_visited;
	struct trust_target found;
	bool has_found;

	/* Accepted and to be kept. */
	struct {
		char role[TUF_ROLE_MAX]; /* "": nothing */
		void *bytes;
		size_t len;
		bool shown;
	} keep;
	/* Stored anchors still to be dropped: the last so many of snapshot
	 * and timestamp. */
	int n_drops;
	bool drop_shown;
};

/* trust.c */
void trust_want(struct trust *t, const char *role, const char *delegator);

/* A document of these bytes, its envelope read: the one that the driver knows,
 * or a new one. */
struct tuf_doc *trust_open(const struct trust *t, enum tuf_type type,
                           const char *name, const void *bytes, size_t len,
                           struct err *e);
/* What the bytes said is trusted: the driver may keep it for others. */
void trust_learn(const struct trust *t, struct tuf_doc *d);

/* trust_accept.c: each verifies fetched bytes, makes them trusted and marks
 * them to be kept, or refuses and changes nothing. */
MUST_USE int trust_accept_root(struct trust *t, const void *bytes, size_t len,
                               struct err *e);
MUST_USE int trust_accept_timestamp(struct trust *t, const void *bytes,
                                    size_t len, struct err *e);
MUST_USE int trust_accept_snapshot(struct trust *t, const void *bytes,
                                   size_t len, struct err *e);
MUST_USE int trust_accept_role(struct trust *t, const void *bytes, size_t len,
                               struct err *e);
/* The same for stored copies; one that does not verify changes nothing,
 * whatever the reason. -1 for an anchor only: ERR_MEMORY. */
MUST_USE int trust_take_stored_timestamp(struct trust *t, const void *bytes,
                                         size_t len, struct err *e);
MUST_USE int trust_take_stored_snapshot(struct trust *t, const void *bytes,
                                        size_t len, struct err *e);
MUST_USE bool trust_take_stored_role(struct trust *t, const void *bytes,
                                     size_t len);
/* ERR_EXPIRED when now is not before it. */
MUST_USE int trust_check_expiry(const struct trust *t, const char *what,
                                int64_t expires_s, struct err *e);

/* The trusted role, whoever delegated it; NULL when there is none. */
struct trust_role *trust_role_find(const struct trust *t, const char *name);
void trust_roles_clear(struct trust *t);
/* The quorum that `delegator` ("root" for targets) sets for a role. */
MUST_USE int trust_quorum_of(struct tuf_quorum *out, const struct trust *t,
                             const struct trust_edge *edge, struct err *e);

/* trust_find.c */
void trust_walk_begin(struct trust *t, const char *path);
void trust_walk_clear(struct trust *t);
/* The next role of the walk into want, or the answer. Sets the phase. */
MUST_USE int trust_walk(struct trust *t, struct err *e);
/* want is trusted now: does it list the path, whom does it ask? */
MUST_USE int trust_walk_role(struct trust *t, struct err *e);

#endif
