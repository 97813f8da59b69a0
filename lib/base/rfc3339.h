/*
 * Times as TUF and Pawl write them: RFC 3339, UTC, whole seconds, a capital
 * Z, exactly 20 characters. Other spellings break other people's clients, so
 * the reader refuses them.
 */
#ifndef LIB_BASE_RFC3339_H
#define LIB_BASE_RFC3339_H

#include "lib/base/cleanup.h"

#include <stdint.h>

#define RFC3339_SIZE 21 /* "2026-11-20T20:37:00Z" and its NUL */

/* Seconds since 1970 for years 0001 to 9999, days checked; 0 or -1. */
MUST_USE int rfc3339_parse(int64_t *out_s, const char *text);
/* Clamped to years 0001 to 9999. */
void rfc3339_format(char out[RFC3339_SIZE], int64_t utc_s);

#endif
