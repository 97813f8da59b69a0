#include "config.h"

#include "tests/bench/many.h"

#include "lib/base/mem.h"
#include "lib/catalog/bins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void bench_give_up(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

void bench_must(int result, const struct err *e)
{
	if (result != 0)
		bench_give_up(e->msg);
}

static double read_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

double bench_wall_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

double bench_cpu_ms(void)
{
	return read_ms(CLOCK_PROCESS_CPUTIME_ID);
}

int bench_by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_median(double *ms, size_t n)
{
	qsort(ms, n, sizeof(*ms), bench_by_size);
	return ms[n / 2];
}

void bench_path(char out[64], size_t i)
{
	char word[8];
	uint8_t hash[SHA256_SIZE];

	(void)snprintf(word, sizeof(word), "%zu", i % 10000000);
	hash_sha256(hash, word, strlen(word));
	(void)snprintf(out, 64, "delta/coat/%02x%02x-%07zu.bin", hash[0],
	               hash[1], i);
}

struct tuf_target *bench_entries(size_t n)
{
	struct tuf_target *list = xcalloc(n, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		char path[64];

		bench_path(path, i);
		list[i].path = xstrdup(path);
		list[i].length = 4096;
		hash_sha256_hex(list[i].sha256, path, strlen(path));
	}
	return list;
}

unsigned bench_bin_of(int bits, const char *path)
{
	struct bins bins = {.present = true};

	bins.shape.bit_length = bits;
	return bits > 0 ? bins_number(&bins, path) : 0;
}

struct bench_bins bench_split(size_t n, int bits, struct tuf_target *entries)
{
	struct bench_bins p = {.count = (size_t)1 << bits};
	unsigned *bin = xcalloc(n, sizeof(*bin));

	p.bins = xcalloc(p.count, sizeof(*p.bins));
	for (size_t i = 0; i < n; i++) {
		bin[i] = bench_bin_of(bits, entries[i].path);
		p.bins[bin[i]].n++;
	}
	for (size_t b = 0; b < p.count; b++) {
		p.bins[b].entries =
			xreallocarray(NULL, p.bins[b].n, sizeof(*entries));
		p.bins[b].n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct bench_bin *to = &p.bins[bin[i]];

		to->entries[to->n++] = entries[i];
	}
	free(bin);
	free(entries);
	return p;
}
