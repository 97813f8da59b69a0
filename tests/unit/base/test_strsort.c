#include "config.h"

#include "lib/base/cleanup.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/base/strsort.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct numbered {
	const char *text;
	size_t number;
};

static int by_bytes(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order
	                  : (x->number > y->number) - (x->number < y->number);
}

/* Against the C library's sort. */
static void check(const char *const *texts, size_t n)
{
	SCOPED(free)
	uint64_t *order = xcalloc(n + 1, sizeof(*order));
	SCOPED(free)
	uint64_t *scratch = xcalloc(n + 1, sizeof(*scratch));
	SCOPED(free)
	struct numbered *theirs = xcalloc(n + 1, sizeof(*theirs));
	struct strsort_texts all = {texts, sizeof(*texts)};
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		theirs[i] = (struct numbered){.text = texts[i], .number = i};
	if (n > 0)
		qsort(theirs, n, sizeof(*theirs), by_bytes);
	for (size_t i = 1; i < n; i++)
		same += strcmp(theirs[i - 1].text, theirs[i].text) == 0;
	ck_assert_uint_eq(
		strsort(order, n > STRSORT_FEW ? scratch : NULL, &all, n),
		same);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(order[i], theirs[i].number);
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

/* Sixty-four bits that differ leave no room for a number. */
TEST(what_does_not_fit_beside_the_number_is_compared_as_text)
{
	static char room[3000][16];
	const char *texts[3000];
	struct rng_seeded rng;

	rng_seeded_init(&rng, 13);
	for (size_t i = 0; i < 3000; i++) {
		uint64_t bits;

		rng_fill(&rng.rng, &bits, sizeof(bits));
		for (int k = 0; k < 9; k++)
			room[i][k] = bits >> k & 1 ? '\x01' : '\xfe';
		texts[i] = room[i];
	}
	check(texts, 3000);
	check(texts, 100);
}

/* The first that is not like the others is not among those asked first. */
TEST(one_odd_text_among_many_is_found)
{
	static char room[1000][16];
	const char *texts[1000];

	for (size_t odd = 0; odd < 1000; odd += 27) {
		for (size_t i = 0; i < 1000; i++) {
			(void)snprintf(room[i], sizeof(room[i]),
			               "fw/coat/%03zu", 999 - i);
			texts[i] = room[i];
		}
		texts[odd] = odd % 2 == 0 ? "fw/" : "a";
		check(texts, 1000);
	}
}

TEST(texts_may_stand_in_larger_things)
{
	struct {
		int before;
		const char *text;
		char behind[5];
	} things[] = {{0, "c", ""}, {0, "a", ""}, {0, "b", ""}};
	struct strsort_texts all = {&things[0].text, sizeof(things[0])};
	uint64_t order[3];

	ck_assert_uint_eq(strsort(order, NULL, &all, 3), 0);
	ck_assert_uint_eq(order[0], 1);
	ck_assert_uint_eq(order[1], 2);
	ck_assert_uint_eq(order[2], 0);
}
