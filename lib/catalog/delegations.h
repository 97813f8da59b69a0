/*
 * Who may say what in a repository of ours (trust.md, Roles): the delegations
 * of every product, exactly as the table has them, with bins below releases
 * (bins.h); plain roles of any depth (plain.h); no role by two ways; no key in
 * two roles; no threshold that undermines the one above it.
 */
#ifndef LIB_CATALOG_DELEGATIONS_H
#define LIB_CATALOG_DELEGATIONS_H

#include "lib/catalog/catalog.h"

/* Of delegations from targets to a role, its bins included: python-tuf, go-tuf,
 * tuf-js and our own client visit so many roles below targets in one look-up
 * (lib/tuf/trust.h). */
#define DELEGATIONS_DEPTH_MAX 32

/* "releases." and "coat" → "releases.coat". */
void delegations_role_name(char out[TUF_ROLE_MAX],
                           const struct catalog_delegation *row,
                           const char *product);
/* The product of a role name, and its row; NULL when no row has it. */
const struct catalog_delegation *delegations_row(const char *role,
                                                 const char **product);

/* The i-th path pattern of a row for a product: "fw/coat/" and a star. False
 * when the row has no i-th. */
bool delegations_pattern(char *out, size_t size,
                         const struct catalog_delegation *row, size_t i,
                         const char *product);

/* Checks all of it; `solo` is true when some offline role needs one key
 * only. */
MUST_USE int delegations_check(bool *solo, const struct catalog_source *s,
                               struct err *e);

/* The i-th role that this role's file delegates to, bins included; false when
 * there is no such. */
bool delegations_child(char out[TUF_ROLE_MAX], const char *role,
                       const struct tuf_targets *t, size_t i);
/* rollout.P: made by the server, in no folder and in no set. */
bool delegations_is_online(const char *role);

#endif
