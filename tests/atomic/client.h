/*
 * A plain TUF client with a store in memory, that refreshes from a view and
 * then fetches every target it can find, byte for byte.
 */
#ifndef TESTS_ATOMIC_CLIENT_H
#define TESTS_ATOMIC_CLIENT_H

#include "server/repo/blobs.h"
#include "server/repo/view.h"

struct client_file {
	char role[TUF_ROLE_MAX];
	char *bytes;
	size_t len;
};

struct client {
	struct {
		struct client_file *items;
		size_t len, cap;
	} store;
	size_t n_targets; /* fetched in the last refresh */
};

/* Knows nothing but root 1, which the refresh is given. */
void client_init(struct client *c);
void client_copy(struct client *c, const struct client *from);
void client_fini(struct client *c);
DEFINE_SCOPED_PLACE(client_fini, struct client)

/* The whole workflow at now_s, from the view and the blobs alone; every role
 * that targets delegates to, and every target that one of them lists. */
MUST_USE int client_refresh(struct client *c, const struct view *v,
                            const struct blobs *blobs, int64_t now_s,
                            struct err *e);

#endif
