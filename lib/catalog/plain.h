/*
 * Plain roles: delegations that belong to no product, such as `docs` below
 * targets and `docs.manuals` below docs. They are signed and verified like
 * all others, and say nothing to devices: their paths lie outside of what
 * products own.
 *
 * The rules are what every known client reads the same way (doc/signing.md):
 * a pattern is a literal prefix with at least one whole segment, and one "*"
 * at its end. Some clients let that star cross a "/", so two patterns already
 * overlap when the literal of one begins with the literal of the other.
 */
#ifndef LIB_CATALOG_PLAIN_H
#define LIB_CATALOG_PLAIN_H

#include "lib/catalog/bins.h"
#include "lib/catalog/catalog.h"

/* A word (lib/base/name.h) that is no top-level role's, no product role's and
 * no bin's: code "role_name". */
MUST_USE int plain_check_name(const char *role, struct err *e);
/* Code "pattern": not of the safe kind, or in a product's folders. */
MUST_USE int plain_check_pattern(const char *role, const char *pattern,
                                 struct err *e);
/* Name and patterns of one delegation; below another plain role (`by`, or
 * NULL for targets) each pattern lies within one of its own. */
MUST_USE int plain_check_delegation(const struct tuf_delegation *d,
                                    const struct tuf_delegation *by,
                                    struct err *e);
/* No path may match two delegations of one file: code "pattern_overlap". */
MUST_USE int plain_check_overlaps(const char *delegator,
                                  const struct tuf_targets *t, struct err *e);

/* What a role (or one of its bins) lists is delegated to it and has a
 * sha256; a bin lists only what belongs to it. `bins` is of the role d. */
MUST_USE int plain_check_entries(const struct tuf_delegation *d,
                                 const struct bins *bins,
                                 const struct tuf_targets *role,
                                 const struct catalog_source *s, struct err *e);

#endif
