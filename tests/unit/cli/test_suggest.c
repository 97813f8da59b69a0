#include "config.h"

#include "cli/suggest.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(the_distance_counts_edits_and_swapped_neighbours_once)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{"", "", 0},          {"plan", "plan", 0},
		{"plna", "plan", 1},  {"pan", "plan", 1},
		{"plann", "plan", 1}, {"plon", "plan", 1},
		{"key", "plan", 4},   {"", "plan", 4},
		{"ab", "ba", 1},      {"verfiy", "verify", 1},
	};
	char longest[200];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ck_assert_uint_eq(suggest_distance(rows[i].a, rows[i].b),
		                  rows[i].distance);
		ck_assert_uint_eq(suggest_distance(rows[i].b, rows[i].a),
		                  rows[i].distance);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_uint_eq(suggest_distance(longest, "xx"), 199);
}

TEST(the_nearest_word_wins_and_a_stranger_gets_none)
{
	static const char *const words[] = {"release add", "release list",
	                                    "plan add", "key"};
	struct suggest s;
	char text[100];

	suggest_init(&s, "relaese add");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		suggest_try(&s, words[i]);
	ck_assert_str_eq(suggest_text(&s, text, sizeof(text)),
	                 " (did you mean 'release add'?)");
	suggest_init(&s, "rel");
	suggest_try(&s, "key");
	suggest_try(&s, "release");
	ck_assert_str_eq(suggest_text(&s, text, sizeof(text)),
	                 " (did you mean 'release'?)");
	suggest_init(&s, "zz");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		suggest_try(&s, words[i]);
	ck_assert_str_eq(suggest_text(&s, text, sizeof(text)), "");
}
