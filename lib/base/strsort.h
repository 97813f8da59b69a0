/*
 * Many strings in byte order, quickly: paths mostly begin alike, so the eight
 * bytes behind what all have in common are one number: a few are compared by
 * it, many are dealt out by its bytes, before the rest is looked at. n log n at
 * most; what is in order already costs n.
 */
#ifndef LIB_BASE_STRSORT_H
#define LIB_BASE_STRSORT_H

#include <stddef.h>
#include <stdint.h>

struct strsort {
	const char *text; /* borrowed */
	size_t nth;       /* the caller's: usually its place before */
	uint64_t head;    /* of strsort() */
};

/* Up to this many need no scratch. */
#define STRSORT_FEW ((size_t)8)

/* By text, as strcmp() has it; equal ones stay in the order they came in.
 * `scratch` has room for as many, or is NULL for at most STRSORT_FEW. */
void strsort(struct strsort *items, struct strsort *scratch, size_t n);

#endif
