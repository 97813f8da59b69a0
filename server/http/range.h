/*
 * One byte range of a body (RFC 9110 14). More than one range, another unit
 * or a broken header mean: ignore it, send all.
 *
 * Pure; any thread.
 */
#ifndef SERVER_HTTP_RANGE_H
#define SERVER_HTTP_RANGE_H

#include <stdint.h>

enum range_outcome {
	RANGE_IGNORED,
	RANGE_PART,         /* *first to *last, both within len */
	RANGE_UNSATISFIABLE /* nothing of it is there: 416 */
};

enum range_outcome range_parse(uint64_t *first, uint64_t *last,
                               const char *header, uint64_t len);

#endif
