/*
 * What the text of a file may hold, whatever it says (canonical JSON, and how
 * differently it is read).
 */
#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/lint_internal.h"

#include <stdlib.h>
#include <string.h>

/* Ranges of Unicode 14 in which every character is its own NFC, has combining
 * class 0 and composes with nothing before it: text made of these is in NFC
 * whatever its order. Others may be too, but only a normaliser could tell. */
static const struct {
	uint32_t first, last;
} inert[] = {
	{0x0000, 0x02ff}, /* Latin */
	{0x0388, 0x0482}, /* Greek, Cyrillic */
	{0x0488, 0x0590}, /* Cyrillic, Armenian, marks of Hebrew begin after */
	{0x05d0, 0x060f}, /* Hebrew letters, Arabic signs */
	{0x061b, 0x064a}, /* Arabic letters */
	{0x1e00, 0x1f70}, /* Latin and Greek with marks built in */
	{0x2002, 0x20cf}, /* punctuation, currency */
	{0x2100, 0x2125}, /* letterlike */
	{0x212c, 0x2328}, /* arrows, mathematics */
	{0x232b, 0x2adb}, /* drawing, symbols */
	{0x3000, 0x3029}, /* CJK punctuation */
	{0x3030, 0x3098}, /* Hiragana */
	{0x309b, 0xa66e}, /* Katakana, CJK */
	{0xac00, 0xd7a3}, /* Hangul syllables */
	{0xfe30, 0xfffd}, /* full-width forms */
	{0x1f000, 0x1faff}, /* emoji */
	{0x20000, 0x2f7ff}, /* CJK */
};

static bool surely_nfc(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(inert); i++)
		if (c >= inert[i].first && c <= inert[i].last)
			return true;
	return false;
}

/* ASCII without NUL, as nearly all text is, breaks no rule of this file. */
static bool is_plain(const struct raw_text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if ((signed char)t->bytes[i] <= 0)
			return false;
	return true;
}

static void check_string(const struct lint_page *p, const struct raw_node *n,
                         const struct raw_text *t, bool is_key)
{
	const char *at = t->bytes, *end = t->bytes + t->len;
	bool nul = false, astral = false, nfc = true;

	if (is_plain(t))
		return;
	while (at < end) {
		uint32_t c = raw_next_char(&at);

		nul = nul || c == 0;
		astral = astral || c > 0xffff;
		nfc = nfc && surely_nfc(c);
	}
	if (nul)
		lint_note(p->l, LINT_JSON_NUL, n, "holds a NUL character");
	if (astral && is_key)
		lint_note(p->l, LINT_KEY_ASTRAL, n,
		          "the name holds a character beyond U+FFFF");
	if (!nfc)
		lint_note(p->l, LINT_TEXT_NFC, n,
		          "holds a character that a normaliser may rewrite");
}

static void check_number(const struct lint_page *p, const struct raw_node *n)
{
	const struct raw_text *s = &n->source;
	int64_t value;

	for (size_t i = 0; i < s->len; i++)
		if (strchr(".eE", s->bytes[i]) != NULL) {
			lint_note(p->l, LINT_JSON_FLOAT, n,
			          "%.*s is not an integer",
			          (int)(s->len < 40 ? s->len : 40), s->bytes);
			return;
		}
	if (raw_is(s, "-0"))
		lint_note(p->l, LINT_JSON_FLOAT, n, "-0 is not an integer");
	else if (!raw_integer(&value, n))
		lint_note(p->l, LINT_JSON_INTEGER, n, "%.*s is beyond 2^53 - 1",
		          (int)(s->len < 40 ? s->len : 40), s->bytes);
}

static int by_key(const void *a, const void *b)
{
	const struct raw_node *const *x = a, *const *y = b;
	const struct raw_text *k = &(*x)->key, *l = &(*y)->key;
	size_t n = k->len < l->len ? k->len : l->len;
	int order = n > 0 ? memcmp(k->bytes, l->bytes, n) : 0;

	if (order != 0)
		return order;
	if (k->len != l->len)
		return k->len < l->len ? -1 : 1;
	return (*x)->index < (*y)->index ? -1 : 1;
}

/* As canonical files have them: then no two names can be the same. */
static bool is_rising(const struct raw_node *obj)
{
	const struct raw_node *before = obj->first;

	for (const struct raw_node *m = before; m != NULL; m = m->next) {
		if (m != before && (raw_equal(&before->key, &m->key) ||
		                    by_key(&before, &m) > 0))
			return false;
		before = m;
	}
	return true;
}

static void check_duplicates(const struct lint_page *p,
                             const struct raw_node *obj)
{
	SCOPED(free)
	const struct raw_node **all = NULL;
	size_t n = 0;

	if (is_rising(obj))
		return;
	all = xcalloc(obj->n + 1, sizeof(*all));
	for (const struct raw_node *m = obj->first; m != NULL; m = m->next)
		all[n++] = m;
	qsort(all, n, sizeof(*all), by_key);
	for (size_t i = 1; i < n; i++)
		if (raw_equal(&all[i - 1]->key, &all[i]->key))
			lint_note(p->l, LINT_JSON_DUPLICATE, all[i],
			          "this name stands there twice");
}

/* Recurses at most RAW_DEPTH_MAX deep: raw_parse() refused the rest. */
void lint_check_text(const struct lint_page *p, const struct raw_node *n)
{
	check_string(p, n, &n->key, true);
	if (n->type == RAW_STRING)
		check_string(p, n, &n->text, false);
	else if (n->type == RAW_NUMBER)
		check_number(p, n);
	else if (n->type == RAW_OBJECT)
		check_duplicates(p, n);
	for (const struct raw_node *m = n->first; m != NULL; m = m->next)
		lint_check_text(p, m);
}
