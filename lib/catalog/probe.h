/*
 * Does a client reach every role? A role that lists nothing yet is reached by
 * no look-up of what is listed, but a client that looks for something new, or
 * one that loads all roles (tough), asks for its file. So it is asked for
 * here: a path that would be its business is looked up, and the role has to
 * verify on the way.
 */
#ifndef LIB_CATALOG_PROBE_H
#define LIB_CATALOG_PROBE_H

#include "lib/tuf/trust.h"

/* Everything that the role of delegation d delegates to, bins included; t has
 * refreshed. Roles that t trusts already are not asked for again. The refusal
 * is the client's. */
MUST_USE int probe_children(struct trust *t, const struct trust_io *io,
                            const struct tuf_delegation *d,
                            const struct tuf_targets *role, struct err *e);
/* One of them by name. */
MUST_USE int probe_child(struct trust *t, const struct trust_io *io,
                         const struct tuf_delegation *d,
                         const struct tuf_targets *role, const char *child,
                         struct err *e);

#endif
