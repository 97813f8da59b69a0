/*
 * A key once removed from a role never returns to it (trust.md): whoever
 * stole it, or an old backup of it, gets nothing by a mistake years later.
 *
 * Give it every root in order, and of each role that delegates every version
 * in order; the first key that comes back is the refusal. Keys are told apart
 * by their material, not by their ids. Who took the key away must not give it
 * back: what two delegators say of one role is not compared, since nothing
 * says which of them spoke first. Bins count as one role, "NAME.bin".
 */
#ifndef LIB_CATALOG_HISTORY_H
#define LIB_CATALOG_HISTORY_H

#include "lib/tuf/root.h"
#include "lib/tuf/targets.h"

/* A key that some version gave to a role. */
struct history_key {
	char role[TUF_ROLE_MAX];
	enum key_scheme scheme;
	uint8_t material[KEY_MATERIAL_SIZE];
	char by[TUF_ROLE_MAX]; /* who gave it: "root", "targets", … */
	bool there;            /* in the newest version */
	bool seen;             /* in the version being read */
};

struct history {
	struct history_key *items;
	size_t len, cap;
};

void history_fini(struct history *h);
DEFINE_SCOPED_PLACE(history_fini, struct history)

/* The next version of root; ERR_CONFLICT, code "key_returned". */
MUST_USE int history_root(struct history *h, const struct tuf_root *r,
                          struct err *e);
/* The next version of `by`: targets, or a role that delegates below it. */
MUST_USE int history_targets(struct history *h, const char *by,
                             const struct tuf_targets *t, struct err *e);
/* Did any version of `by` give this role a key? */
bool history_names(const struct history *h, const char *by, const char *role);
/* A role may move to another delegator, with the keys that it has: t, a new
 * version of `by`, gives none that was lost to a role that `by` never named.
 * `before`: all that was complete before this change. Code "key_returned". */
MUST_USE int history_moved(const struct history *before, const char *by,
                           const struct tuf_targets *t, struct err *e);
/* May a file of these bytes delegate? Most do not, and may list a hundred
 * thousand targets: for history_targets() those are as good as empty. */
bool history_concerns(const void *bytes, size_t len);

/* Had the role this key, and has it lost it to somebody? */
bool history_removed(const struct history *h, const char *role,
                     const struct key_public *k);

#endif
