/*
 * The same work on many pieces that have nothing to do with each other, by
 * several threads: parsing or signing some hundred files, say. The caller is
 * one of the crew; when it has its answer, the others are gone.
 */
#ifndef LIB_BASE_CREW_H
#define LIB_BASE_CREW_H

#include "lib/base/cleanup.h"
#include "lib/base/err.h"

#include <stddef.h>

/* At one time, the caller included. */
#define CREW_MAX 9

/* Work on piece i; on any thread, so it touches nothing that another piece's
 * does. */
typedef int crew_fn(void *ctx, size_t i, struct err *e);

/* fn(ctx, i) for each i below n, by at most `threads` threads. All of them are
 * done even when some fail: then it returns -1, and the error is that of the
 * lowest i, whatever came first. */
MUST_USE int crew_run(crew_fn *fn, void *ctx, size_t n, size_t threads,
                      struct err *e);

/* How many threads can compute at once, and are worth it for n pieces: one
 * for each `least` of them. */
size_t crew_size(size_t n, size_t least);

#endif
