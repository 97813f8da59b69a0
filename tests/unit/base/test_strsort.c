#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/base/strsort.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
	const struct strsort *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

/* Against the C library's sort. */
static void check(const char *const *texts, size_t n)
{
	SCOPED(free)
	struct strsort *ours = xcalloc(n + 1, sizeof(*ours));
	SCOPED(free)
	struct strsort *scratch = xcalloc(n + 1, sizeof(*scratch));
	SCOPED(free)
	struct strsort *theirs = xcalloc(n + 1, sizeof(*theirs));

	for (size_t i = 0; i < n; i++)
		ours[i] = theirs[i] =
			(struct strsort){.text = texts[i], .nth = i};
	strsort(ours, n > STRSORT_FEW ? scratch : NULL, n);
	if (n > 0)
		qsort(theirs, n, sizeof(*theirs), by_bytes);
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(ours[i].text, theirs[i].text);
		ck_assert_uint_eq(ours[i].nth, theirs[i].nth);
	}
}

TEST(bytes_decide_and_the_shorter_comes_first)
{
	const char *texts[] = {
		"b",     "",   "a\xff",    "a",         "a\x01",    "a\x7f",
		"a\x80", "aa", "abcdefgh", "abcdefghi", "a",        "abcdefg",
		"B",     "",   "abcdefgi", "ab",        "abcdefgh", "\xff"};

	for (size_t n = 0; n <= ARRAY_LEN(texts); n++)
		check(texts, n);
}

TEST(one_that_all_others_begin_with_comes_first)
{
	const char *texts[] = {"fw/coat/2", "fw/coat/", "fw/coat/1",
	                       "fw/coat/10"};

	check(texts, ARRAY_LEN(texts));
}

TEST(any_number_of_random_texts_comes_out_as_from_qsort)
{
	static char room[3000][24];
	const char *texts[3000];
	struct rng_seeded rng;

	rng_seeded_init(&rng, 7);
	for (size_t i = 0; i < 3000; i++) {
		uint64_t bits[2];

		rng_fill(&rng.rng, bits, sizeof(bits));
		/* Few different ones: ties are the rule. */
		(void)snprintf(room[i], sizeof(room[i]), "fw/%x/%x",
		               (unsigned)(bits[0] & 7),
		               (unsigned)(bits[1] & 0xfff));
		texts[i] = room[i];
	}
	for (size_t n = 0; n < 100; n++)
		check(texts, n);
	check(texts, 3000);
}

/* What many share behind the first difference, here more than eight bytes,
 * leaves the order to the bytes after it. */
TEST(many_texts_whose_heads_are_alike_are_told_apart_behind_them)
{
	static char room[2000][32];
	const char *texts[2000];
	struct rng_seeded rng;

	rng_seeded_init(&rng, 11);
	for (size_t i = 0; i < 2000; i++) {
		uint64_t bits[2];

		rng_fill(&rng.rng, bits, sizeof(bits));
		(void)snprintf(room[i], sizeof(room[i]), "fw/%x/the-same-%x",
		               (unsigned)(bits[0] & 3),
		               (unsigned)(bits[1] & 0xffff));
		texts[i] = room[i];
	}
	check(texts, 2000);
	check(texts, 512);
	check(texts, 511);
}
