/*
 * Versions after Semantic Versioning 2.0.0: parsed strictly, ordered by its
 * section 11; build metadata does not order.
 */
#ifndef LIB_BASE_SEMVER_H
#define LIB_BASE_SEMVER_H

#include <stdbool.h>

#define SEMVER_MAX_LEN 64

bool semver_is_valid(const char *text);
/* Negative, zero or positive, like strcmp; both must be valid. */
int semver_compare(const char *a, const char *b);

#endif
