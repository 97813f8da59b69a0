#include "config.h"

#include "lib/base/strsort.h"

#include <stdbool.h>
#include <string.h>

/* Runs of this many are sorted by insertion before runs are merged. */
#define RUN STRSORT_FEW

/* How far all strings are the same. */
static size_t common_prefix(const struct strsort *items, size_t n)
{
	size_t len = strlen(items[0].text);

	for (size_t i = 1; i < n && len > 0; i++) {
		size_t k = 0;

		while (k < len && items[i].text[k] == items[0].text[k])
			k++;
		len = k;
	}
	return len;
}

/* The next eight bytes as a number that sorts as they do; zeros after the
 * end. */
static uint64_t head_of(const char *s)
{
	uint64_t head = 0;
	int i = 0;

	for (; i < 8 && s[i] != '\0'; i++)
		head = head << 8 | (unsigned char)s[i];
	return i == 0 ? 0 : head << 8 * (8 - i);
}

static inline bool is_before(const struct strsort *a, const struct strsort *b)
{
	if (a->head != b->head)
		return a->head < b->head;
	return strcmp(a->text, b->text) < 0;
}

static bool is_sorted(const struct strsort *items, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (is_before(&items[i], &items[i - 1]))
			return false;
	return true;
}

static void insert(struct strsort *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct strsort x = items[i];
		size_t k = i;

		for (; k > 0 && is_before(&x, &items[k - 1]); k--)
			items[k] = items[k - 1];
		items[k] = x;
	}
}

static void merge(struct strsort *out, const struct strsort *a, size_t n_a,
                  const struct strsort *b, size_t n_b)
{
	while (n_a > 0 && n_b > 0) {
		if (is_before(b, a)) {
			*out++ = *b++;
			n_b--;
		} else {
			*out++ = *a++;
			n_a--;
		}
	}
	memcpy(out, n_a > 0 ? a : b, (n_a + n_b) * sizeof(*out));
}

static void merge_runs(struct strsort *items, struct strsort *scratch, size_t n)
{
	struct strsort *from = items, *to = scratch;

	for (size_t run = RUN; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += 2 * run) {
			size_t n_a = n - i < run ? n - i : run;
			size_t rest = n - i - n_a;

			merge(to + i, from + i, n_a, from + i + n_a,
			      rest < run ? rest : run);
		}
		struct strsort *swap = from;
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
}

void strsort(struct strsort *items, struct strsort *scratch, size_t n)
{
	size_t skip;

	if (n < 2)
		return;
	skip = common_prefix(items, n);
	for (size_t i = 0; i < n; i++)
		items[i].head = head_of(items[i].text + skip);
	if (is_sorted(items, n))
		return;
	for (size_t i = 0; i < n; i += RUN)
		insert(items + i, n - i < RUN ? n - i : RUN);
	merge_runs(items, scratch, n);
}
