#include "config.h"

#include "lib/base/mem.h"
#include "lib/lint/lint_internal.h"
#include "lib/tuf/targets.h"
#include "tests/support/runner.h"

#include <string.h>

static bool meets(const char *a, const char *b, bool crosses)
{
	struct raw_text x = {a, strlen(a)}, y = {b, strlen(b)};
	bool there = lint_patterns_meet(&x, &y, crosses);

	ck_assert_int_eq(there, lint_patterns_meet(&y, &x, crosses));
	return there;
}

TEST(two_patterns_meet_when_some_path_matches_both)
{
	static const struct {
		const char *a, *b;
		bool meet, crossing;
	} cases[] = {
		/* clang-format off */
		{"fw/a/*",   "fw/b/*",    false, false},
		{"fw/a/*",   "fw/a/x",    true,  true},
		{"fw/*",     "fw/a/*",    false, true},
		{"*/x",      "fw/*",      true,  true},
		{"*",        "a/b",       false, true},
		{"*a*",      "*b*",       true,  true},
		{"a?c",      "abc",       true,  true},
		{"a?c",      "a/c",       false, false},
		{"a?",       "a",         false, false},
		{"a*",       "a",         true,  true},
		{"*.bin",    "*.txt",     false, false},
		{"x*.bin",   "*y.bin",    true,  true},
		{"",         "",          true,  true},
		{"",         "*",         true,  true},
		{"?",        "*",         true,  true},
		{"fw/",      "fw/*",      true,  true},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_msg(meets(cases[i].a, cases[i].b, false) ==
		                      cases[i].meet,
		              "%s %s", cases[i].a, cases[i].b);
		ck_assert_msg(meets(cases[i].a, cases[i].b, true) ==
		                      cases[i].crossing,
		              "crossing: %s %s", cases[i].a, cases[i].b);
	}
}

/* All texts of `letters`, shortest first, up to max letters each. */
static size_t all_texts(char (*out)[5], const char *letters, size_t max)
{
	size_t n = 1, from = 0, n_letters = strlen(letters);

	out[0][0] = '\0';
	for (size_t len = 0; len < max; len++)
		for (size_t end = n; from < end; from++)
			for (size_t c = 0; c < n_letters; c++) {
				memcpy(out[n], out[from], 5);
				out[n][len] = letters[c];
				out[n++][len + 1] = '\0';
			}
	return n;
}

/* With one star each, two patterns of three letters that meet at all meet in
 * a path of at most four. */
TEST(meeting_is_what_a_client_itself_would_find)
{
	static char patterns[256][5], words[256][5];
	size_t n_patterns = all_texts(patterns, "ab/*?", 3);
	size_t n_words = all_texts(words, "ab/", 4);

	ck_assert_uint_eq(n_patterns, 156);
	ck_assert_uint_eq(n_words, 121);
	for (size_t a = 0; a < n_patterns; a++)
		for (size_t b = 0; b < n_patterns; b++) {
			bool found = false;

			for (size_t w = 0; w < n_words && !found; w++)
				found = tuf_path_matches(patterns[a],
				                         words[w]) &&
				        tuf_path_matches(patterns[b], words[w]);
			ck_assert_msg(meets(patterns[a], patterns[b], false) ==
			                      found,
			              "'%s' '%s'", patterns[a], patterns[b]);
		}
}
