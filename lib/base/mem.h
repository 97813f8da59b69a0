/*
 * Heap memory for trusted sizes: running out ends the process with one log
 * line, so that no caller carries a branch nobody can test. Anything whose
 * size comes from outside lives in an arena or a buf, which refuse instead.
 */
#ifndef LIB_BASE_MEM_H
#define LIB_BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
/* Zeroed; n × size is checked for overflow. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
/* The caller frees. */
char *xasprintf(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* Grows a vector (items, len, cap) so that one more fits. */
#define VEC_GROW(v)                                                      \
	do {                                                             \
		if ((v)->len == (v)->cap) {                              \
			(v)->cap = (v)->cap ? (v)->cap * 2 : 8;          \
			(v)->items = xreallocarray((v)->items, (v)->cap, \
			                           sizeof(*(v)->items)); \
		}                                                        \
	} while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
