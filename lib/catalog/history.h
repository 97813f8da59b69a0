/*
 * A key once removed from a role never returns to it (trust.md): whoever
 * stole it, or an old backup of it, gets nothing by a mistake years later.
 *
 * Give it every root in order and every targets in order; the first key that
 * comes back is the refusal. Keys are told apart by their material, not by
 * their ids.
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
	bool root;  /* the role is one that root names */
	bool there; /* in the newest version */
	bool seen;  /* in the version being read */
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
/* The next version of targets. */
MUST_USE int history_targets(struct history *h, const struct tuf_targets *t,
                             struct err *e);

/* Had the role this key and lost it? */
bool history_removed(const struct history *h, const char *role,
                     const struct key_public *k);

#endif
