/*
 * What the benchmarks of many targets share: the targets, how they fall into
 * bins, and the clocks. A mistake ends the program.
 */
#ifndef TESTS_BENCH_MANY_H
#define TESTS_BENCH_MANY_H

#include "lib/tuf/targets.h"

#define BENCH_ROUNDS 5
/* A list of a million in one file, which nobody serves. */
#define BENCH_BYTES_MAX ((size_t)1 << 30)

_Noreturn void bench_give_up(const char *what);
void bench_must(int result, const struct err *e);

double bench_wall_ms(void);
/* What one thread computes is measured in time of the processor, so that a
 * busy machine measures the same. */
double bench_cpu_ms(void);
/* For qsort() of doubles. */
int bench_by_size(const void *a, const void *b);
/* Sorts them. */
double bench_median(double *ms, size_t n);

/* Paths in an order that is not theirs, hashes that look like hashes. */
void bench_path(char out[64], size_t i);
struct tuf_target *bench_entries(size_t n);

struct bench_bins {
	struct bench_bin {
		struct tuf_target *entries;
		size_t n;
	} * bins;
	size_t count;
};

/* Into 2^bits bins; bits 0: one. Takes the list over. The caller gives the
 * bins' lists to roles and frees `bins`. */
struct bench_bins bench_split(size_t n, int bits, struct tuf_target *entries);
unsigned bench_bin_of(int bits, const char *path);

#endif
