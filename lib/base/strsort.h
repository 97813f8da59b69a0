/*
 * Many strings in byte order, quickly: paths mostly begin alike, so the eight
 * bytes behind what all have in common are looked at first. As much of what
 * differs in them as there is room for is packed into one word, above the
 * string's number, and the words are sorted; the rest of a string is read only
 * where that leaves a tie. n log n at most; what is in order already costs n.
 */
#ifndef LIB_BASE_STRSORT_H
#define LIB_BASE_STRSORT_H

#include <stddef.h>
#include <stdint.h>

/* Strings wherever they are: the pointer to each stands `stride` bytes behind
 * the pointer to the one before. All borrowed. */
struct strsort_texts {
	const char *const *first;
	size_t stride;
};

/* Up to this many need no scratch. */
#define STRSORT_FEW ((size_t)8)

/* The numbers of n strings, counted from 0, by their texts as strcmp() has it;
 * equal ones stay in the order they came in. `scratch` has room for as many, or
 * is NULL for at most STRSORT_FEW. Gives how many strings are the same as the
 * one before them, in their new order. */
size_t strsort(uint64_t *order, uint64_t *scratch,
               const struct strsort_texts *texts, size_t n);

#endif
