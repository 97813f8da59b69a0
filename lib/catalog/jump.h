/*
 * How far the version of an offline role may jump. Versions never go back, so
 * whoever made up a number near the last there is would have the role for
 * ever; and whoever gets its next keys needs numbers above a thief's.
 *
 * A server takes twice what a desk does, above what is published and complete:
 * nothing that a desk was led to number is out of a server's reach.
 */
#ifndef LIB_CATALOG_JUMP_H
#define LIB_CATALOG_JUMP_H

#include <stdint.h>

#define JUMP_AT_DESK (INT64_C(1) << 20)
#define JUMP_AT_SERVER (2 * JUMP_AT_DESK)

#endif
