/*
 * Numbers from text, each with its range in the same call: no number enters
 * the program without one. Whole text or nothing: no sign, no blanks, no
 * leading zero.
 */
#ifndef LIB_BASE_NUM_H
#define LIB_BASE_NUM_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stdint.h>

/* The largest integer that every JSON reader keeps exact: 2^53 - 1. */
#define NUM_JSON_MAX INT64_C(9007199254740991)

/* `what` names the thing in the error. */
MUST_USE int num_i64(int64_t *out, const char *text, int64_t min, int64_t max,
                     const char *what, struct err *e);
/* "90s", "15m", "6h", "30d"; seconds. A bare number is refused. */
MUST_USE int num_seconds(int64_t *out, const char *text, int64_t min,
                         int64_t max, const char *what, struct err *e);
/* "4096", "64K", "16M", "2G" (powers of 1024); bytes. */
MUST_USE int num_bytes(int64_t *out, const char *text, int64_t min, int64_t max,
                       const char *what, struct err *e);

#endif
