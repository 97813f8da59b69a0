/*
 * A bump allocator with a ceiling: everything one request or one parsed
 * document needs, released at once. Untrusted input can make it refuse, never
 * make it grow past the ceiling.
 *
 * Not thread-safe; one owner.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include "lib/base/cleanup.h"

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used_bytes; /* handed out, rounding included */
	size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);

/* Zeroed, aligned for any type; NULL when the ceiling or the heap is reached.
 */
void *arena_alloc(struct arena *a, size_t size);
void *arena_calloc(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_memdup(struct arena *a, const void *p, size_t size);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

DEFINE_SCOPED_PLACE(arena_fini, struct arena)

#endif
