#include "config.h"

#include "tests/support/fuzz.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS_MAX 64
#define INPUT_MAX (1u << 20)

static struct {
	const char *name;
	fuzz_fn *fn;
} targets[TARGETS_MAX];
static size_t count;

void fuzz_add(const char *name, fuzz_fn *fn)
{
	if (count == TARGETS_MAX)
		abort();
	targets[count].name = name;
	targets[count++].fn = fn;
}

#ifdef PAWL_LIBFUZZER

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *want = getenv("PAWL_FUZZ");

	for (size_t i = 0; i < count; i++)
		if (want != NULL && strcmp(targets[i].name, want) == 0) {
			targets[i].fn(data, size);
			return 0;
		}
	fprintf(stderr, "PAWL_FUZZ names no target\n");
	exit(2);
}

#else

struct replay {
	const char *dir;
	fuzz_fn *fn;
	int files;
};

static int replay_one(void *ctx, const char *name, struct err *e)
{
	struct replay *r = ctx;
	SCOPED(free)
	char *path = fs_join(r->dir, name);
	SCOPED(buf_fini)
	struct buf b = BUF_INIT(INPUT_MAX);

	if (fs_read(&b, path, e) != 0)
		return -1;
	/* An exact copy on the heap, so that a sanitizer sees every overrun. */
	SCOPED(free)
	uint8_t *exact = xmalloc(b.len);
	memcpy(exact, buf_str(&b), b.len);
	r->fn(exact, b.len);
	r->files++;
	return 0;
}

int main(void)
{
	int passed = 0, failed = 0;

	for (size_t i = 0; i < count; i++) {
		SCOPED(free)
		char *dir = xasprintf("%s/tests/fuzz/corpus/%s", PAWL_SRCDIR,
		                      targets[i].name);
		struct replay r = {dir, targets[i].fn, 0};
		struct err e = {0};

		/* A target without a corpus tests nothing. */
		if (fs_list(dir, replay_one, &r, &e) != 0 || r.files == 0) {
			printf("FAIL %s: %s\n", targets[i].name,
			       e.kind ? e.msg : "no corpus");
			failed++;
		} else {
			passed++;
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
