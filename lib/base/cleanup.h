/*
 * Cleanup that cannot be forgotten, and transfer that can be seen.
 *
 *	SCOPED(free) char *path = NULL;     released at the end of the block
 *	*out = MOVE(path);                  … unless handed over
 *
 * SCOPED(fn) needs a `scoped_fn(T *)`; DEFINE_SCOPED(fn, T) writes it for a
 * `fn(T)` that ignores NULL. A SCOPED variable is always initialised.
 */
#ifndef LIB_BASE_CLEANUP_H
#define LIB_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define SCOPED(fn) __attribute__((cleanup(scoped_##fn)))

#define MOVE(p)                             \
	__extension__({                     \
		__typeof__(p) moved_ = (p); \
		(p) = NULL;                 \
		moved_;                     \
	})

#define DEFINE_SCOPED(fn, type)                 \
	static inline void scoped_##fn(type *p) \
	{                                       \
		fn(*p);                         \
	}

/* The same for types that live in place: fn takes their address. */
#define DEFINE_SCOPED_PLACE(fn, type)           \
	static inline void scoped_##fn(type *p) \
	{                                       \
		fn(p);                          \
	}

#define MUST_USE __attribute__((warn_unused_result))

static inline void scoped_free(void *p)
{
	free(*(void **)p);
}

/* For file descriptors: SCOPED(close) int fd = -1; */
static inline void scoped_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#endif
