/*
 * Memory that runs out on command. A test program that uses it links with
 * $(FAILING_MALLOC_WRAP) (tests/local.mk), which puts it before malloc,
 * calloc, realloc, reallocarray and strdup of our own code, not of the
 * libraries below.
 *
 *	for (long n = 0; ; n++) {
 *		failing_malloc_arm(n);
 *		… must be refused, never crash …
 *		if (!failing_malloc_disarm())
 *			break;    (n was beyond the last allocation)
 *	}
 *
 * Requests of 16 bytes and less are let through: those are the fixed small
 * things of xmalloc, which may end the process.
 */
#ifndef TESTS_SUPPORT_FAILING_MALLOC_H
#define TESTS_SUPPORT_FAILING_MALLOC_H

#include <stdbool.h>

/* The allocation after n others fails, once. */
void failing_malloc_arm(long n);
/* Whether it came to that. */
bool failing_malloc_disarm(void);

#endif
