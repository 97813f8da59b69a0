#include "config.h"

#include "lib/base/strsort.h"

#include <stdbool.h>
#include <string.h>

/* Runs of this many are sorted by insertion before runs are merged. */
#define RUN STRSORT_FEW
/* From so many on, counting digits is quicker than merging. */
#define MANY ((size_t)512)
#define DIGIT_BITS 8
#define DIGITS ((size_t)1 << DIGIT_BITS)
/* The strings of so many places on are on their way while one is read. */
#define AHEAD ((size_t)16)

/* A word has in its upper bits what differs in the eight bytes, as far as it
 * fits, and in its lower ones the number of its string. */
struct words {
	const struct strsort_texts *texts;
	size_t skip; /* bytes that all begin with */
	unsigned number_bits;
	unsigned key_bits;
	struct field {
		unsigned shift, width; /* of bits within the eight bytes */
	} fields[8];
	int n_fields;
};

static inline const char *text_of(const struct strsort_texts *t, size_t number)
{
	return *(const char *const *)((const char *)t->first +
	                              number * t->stride);
}

static inline size_t number_of(const struct words *w, uint64_t word)
{
	return word & (((uint64_t)1 << w->number_bits) - 1);
}

static inline uint64_t key_of(const struct words *w, uint64_t word)
{
	return word >> w->number_bits;
}

static int compare_texts(const struct words *w, uint64_t a, uint64_t b)
{
	return strcmp(text_of(w->texts, number_of(w, a)) + w->skip,
	              text_of(w->texts, number_of(w, b)) + w->skip);
}

static inline bool is_before(const struct words *w, uint64_t a, uint64_t b)
{
	if (key_of(w, a) != key_of(w, b))
		return a < b;
	return compare_texts(w, a, b) < 0;
}

/* ---- words ---- */

/* How far all are the same; of many, one in `each` is asked. */
static size_t common_prefix(const struct strsort_texts *t, size_t n,
                            size_t each)
{
	const char *first = text_of(t, 0);
	size_t len = strlen(first);

	for (size_t i = each; i < n && len > 0; i += each) {
		const char *text = text_of(t, i);
		size_t k = 0;

		while (k < len && text[k] == first[k])
			k++;
		len = k;
	}
	return len;
}

/* The next eight bytes as a number that sorts as they do; zeros after the
 * end. */
static inline uint64_t head_of(const char *s)
{
	uint64_t head = 0;
	int i = 0;

	for (; i < 8 && s[i] != '\0'; i++)
		head = head << 8 | (unsigned char)s[i];
	return i == 0 ? 0 : head << 8 * (8 - i);
}

/* Gives each bit that is not the same in all; false when one string does not
 * begin as the first does. */
static bool take_heads(uint64_t *heads, uint64_t *differ, const struct words *w,
                       size_t n)
{
	const char *first = text_of(w->texts, 0);

	*differ = 0;
	for (size_t i = 0; i < n; i++) {
		const char *text = text_of(w->texts, i);

		if (i + AHEAD < n)
			__builtin_prefetch(text_of(w->texts, i + AHEAD));
		if (strncmp(text, first, w->skip) != 0)
			return false;
		heads[i] = head_of(text + w->skip);
		*differ |= heads[i] ^ heads[0];
	}
	return true;
}

static unsigned width_of(uint64_t n)
{
	unsigned width = 0;

	for (; n != 0; n >>= 1)
		width++;
	return width;
}

/* Of each byte, the bits from the highest that differs on, as long as there is
 * room beside the number; none behind one for which there is not, since it may
 * not decide before it. */
static void choose_fields(struct words *w, uint64_t differ)
{
	for (unsigned byte = 8; byte-- > 0;) {
		unsigned shift = 8 * byte;
		unsigned width = width_of((differ >> shift) & 0xff);

		if (w->key_bits + width > 64 - w->number_bits)
			return;
		if (width == 0)
			continue;
		w->key_bits += width;
		w->fields[w->n_fields++] =
			(struct field){.shift = shift, .width = width};
	}
}

static inline uint64_t pack(const struct words *w, uint64_t head)
{
	uint64_t key = 0;

	for (int i = 0; i < w->n_fields; i++) {
		const struct field *f = &w->fields[i];

		key = key << f->width |
		      (head >> f->shift & (((uint64_t)1 << f->width) - 1));
	}
	return key;
}

static void take_words(uint64_t *words, struct words *w, size_t n)
{
	uint64_t differ;

	/* What some begin with, all do, mostly. */
	w->skip = common_prefix(w->texts, n, n / 64 + 1);
	if (!take_heads(words, &differ, w, n)) {
		w->skip = common_prefix(w->texts, n, 1);
		(void)take_heads(words, &differ, w, n);
	}
	w->number_bits = width_of(n - 1);
	choose_fields(w, differ);
	for (size_t i = 0; i < n; i++)
		words[i] = pack(w, words[i]) << w->number_bits | i;
}

/* ---- sorting them ---- */

static bool is_sorted(const struct words *w, const uint64_t *words, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (is_before(w, words[i], words[i - 1]))
			return false;
	return true;
}

static void insert(const struct words *w, uint64_t *words, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t x = words[i];
		size_t k = i;

		for (; k > 0 && is_before(w, x, words[k - 1]); k--)
			words[k] = words[k - 1];
		words[k] = x;
	}
}

static void merge(const struct words *w, uint64_t *out, const uint64_t *a,
                  size_t n_a, const uint64_t *b, size_t n_b)
{
	while (n_a > 0 && n_b > 0) {
		if (is_before(w, *b, *a)) {
			*out++ = *b++;
			n_b--;
		} else {
			*out++ = *a++;
			n_a--;
		}
	}
	memcpy(out, n_a > 0 ? a : b, (n_a + n_b) * sizeof(*out));
}

static void merge_runs(const struct words *w, uint64_t *words,
                       uint64_t *scratch, size_t n)
{
	uint64_t *from = words, *to = scratch;

	for (size_t run = RUN; run < n; run *= 2) {
		for (size_t i = 0; i < n; i += 2 * run) {
			size_t n_a = n - i < run ? n - i : run;
			size_t rest = n - i - n_a;

			merge(w, to + i, from + i, n_a, from + i + n_a,
			      rest < run ? rest : run);
		}
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	if (from != words)
		memcpy(words, from, n * sizeof(*words));
}

/* Runs sorted by insertion are merged: n log n. */
static void sort_by_merging(const struct words *w, uint64_t *words,
                            uint64_t *scratch, size_t n)
{
	for (size_t i = 0; i < n; i += RUN)
		insert(w, words + i, n - i < RUN ? n - i : RUN);
	merge_runs(w, words, scratch, n);
}

/* By key alone, a digit of it at a time and the last one first: each word goes
 * to the place that the counts of that digit give it. */
static void sort_keys(const struct words *w, uint64_t *words, uint64_t *scratch,
                      size_t n)
{
	uint64_t *from = words, *to = scratch;

	for (unsigned done = 0; done < w->key_bits; done += DIGIT_BITS) {
		unsigned shift = w->number_bits + done;
		size_t place[DIGITS] = {0}, sum = 0;

		for (size_t i = 0; i < n; i++)
			place[from[i] >> shift & (DIGITS - 1)]++;
		for (size_t digit = 0; digit < DIGITS; digit++) {
			size_t many = place[digit];

			place[digit] = sum;
			sum += many;
		}
		for (size_t i = 0; i < n; i++)
			to[place[from[i] >> shift & (DIGITS - 1)]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	if (from != words)
		memcpy(words, from, n * sizeof(*words));
}

static size_t with_one_key(const struct words *w, const uint64_t *words,
                           size_t n)
{
	size_t len = 1;

	while (len < n && key_of(w, words[len]) == key_of(w, words[0]))
		len++;
	return len;
}

static void sort_by_counting(const struct words *w, uint64_t *words,
                             uint64_t *scratch, size_t n)
{
	sort_keys(w, words, scratch, n);
	for (size_t i = 0, len; i < n; i += len) {
		len = with_one_key(w, words + i, n - i);
		if (len > 1)
			sort_by_merging(w, words + i, scratch + i, len);
	}
}

size_t strsort(uint64_t *order, uint64_t *scratch,
               const struct strsort_texts *texts, size_t n)
{
	struct words w = {.texts = texts};
	size_t same = 0;

	if (n < 2) {
		memset(order, 0, n * sizeof(*order));
		return 0;
	}
	take_words(order, &w, n);
	if (!is_sorted(&w, order, n)) {
		if (n < MANY)
			sort_by_merging(&w, order, scratch, n);
		else
			sort_by_counting(&w, order, scratch, n);
	}
	for (size_t i = 1; i < n; i++) {
		same += key_of(&w, order[i - 1]) == key_of(&w, order[i]) &&
		        compare_texts(&w, order[i - 1], order[i]) == 0;
		order[i - 1] = number_of(&w, order[i - 1]);
	}
	order[n - 1] = number_of(&w, order[n - 1]);
	return same;
}
