/*
 * One product of a catalog: the releases and plans its roles list, each
 * checked alone and against the others.
 */
#ifndef LIB_CATALOG_PRODUCT_H
#define LIB_CATALOG_PRODUCT_H

#include "lib/catalog/catalog.h"

/* p->product is set; the rest is filled, as far as it went also on a
 * refusal. */
MUST_USE int product_read(struct catalog_product *p, const char *repo,
                          const struct catalog_source *s, struct err *e);

#endif
