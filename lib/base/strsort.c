#include "config.h"

#include "lib/base/strsort.h"

#include <stdbool.h>
#include <string.h>

/* Runs of this many are sorted by insertion before runs are merged. */
#define RUN STRSORT_FEW
/* From so many on, counting the bytes of all heads is quicker than merging. */
#define MANY ((size_t)512)

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

/* By insertion, then by merging: n log n. */
static void sort_few(struct strsort *items, struct strsort *scratch, size_t n)
{
	for (size_t i = 0; i < n; i += RUN)
		insert(items + i, n - i < RUN ? n - i : RUN);
	merge_runs(items, scratch, n);
}

static inline size_t byte_of(const struct strsort *x, int nth)
{
	return x->head >> 8 * nth & 0xff;
}

/* By head alone, a byte of it at a time and the last one first: each item goes
 * to the place that the counts of that byte give it. A byte in which all are
 * alike moves nothing. */
static void sort_heads(struct strsort *items, struct strsort *scratch, size_t n)
{
	size_t count[8][256] = {0};
	struct strsort *from = items, *to = scratch;

	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < 8; b++)
			count[b][byte_of(&items[i], b)]++;
	for (int b = 0; b < 8; b++) {
		size_t *place = count[b], sum = 0;

		if (place[byte_of(from, b)] == n)
			continue;
		for (int value = 0; value < 256; value++) {
			size_t many = place[value];

			place[value] = sum;
			sum += many;
		}
		for (size_t i = 0; i < n; i++)
			to[place[byte_of(&from[i], b)]++] = from[i];
		struct strsort *swap = from;
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
}

static size_t with_one_head(const struct strsort *items, size_t n)
{
	size_t len = 1;

	while (len < n && items[len].head == items[0].head)
		len++;
	return len;
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
	if (n < MANY) {
		sort_few(items, scratch, n);
		return;
	}
	sort_heads(items, scratch, n);
	for (size_t i = 0, len; i < n; i += len) {
		len = with_one_head(items + i, n - i);
		sort_few(items + i, scratch + i, len);
	}
}
