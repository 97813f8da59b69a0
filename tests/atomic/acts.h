/*
 * What a server does to its disk, as acts to be interrupted. Each can be done
 * again by whoever heard no answer.
 */
#ifndef TESTS_ATOMIC_ACTS_H
#define TESTS_ATOMIC_ACTS_H

#include "tests/support/server_fixture.h"

struct act {
	const char *name;
	/* Before the crash can come; NULL: the server's first start is part
	 * of the act. */
	void (*prepare)(struct server *s);
	int (*run)(struct server *s, struct err *e);
	bool stops; /* in an orderly way, in between */
	/* What holds beside the set once it was answered; NULL: nothing. */
	int (*is_kept)(struct server *s, struct err *e);
};

extern const struct act acts[];
extern const size_t n_acts;
const struct act *act_named(const char *name);

/* Whether the signed state of "production" halts a7 in eu; false when there
 * is none. */
bool act_is_halted(const struct view *v);

#endif
