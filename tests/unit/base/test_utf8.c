#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

TEST(a_sentence_is_made_fit_to_be_shown)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xe2\x82\xac \xf0\x9f\x92\xbe",
	         "\xe2\x82\xac \xf0\x9f\x92\xbe"},
		/* Cut at the end. */
		{"a\xc3", "a"},
		{"a\xe2\x82", "a"},
		{"a\xf0\x9f\x92", "a"},
		{"\xf0", ""},
		/* Cut in the middle, or never right. */
		{"a\xc3: b", "a?: b"},
		{"a\xe2\x82: b", "a??: b"},
		{"\x80\xff", "??"},
		{"\xc0\xaf", "??"},
		{"\xed\xa0\x80x", "???x"},
		{"\xf4\x90\x80\x80x", "????x"},
		/* Acts on a terminal. */
		{"two\nlines\tand\rmore", "two lines and more"},
		{"\033[2J\a\b\x1f\x7f", "?[2J????"},
		{"\xc2\x80\xc2\x9b\xc2\x9f", "???"},
		{"a\xe2\x80\x8b\xe2\x80\x8f", "a??"},
		{"\xe2\x80\xa8\xe2\x80\xae", "??"},
		{"\xe2\x81\xa0\xe2\x81\xaf", "??"},
		{"\xef\xbb\xbfx\xe2\x80", "?x"},
		/* And what stands beside those does not. */
		{" ~\xc2\xa0", " ~\xc2\xa0"},
		{"\xe2\x80\x8a\xe2\x80\x90", "\xe2\x80\x8a\xe2\x80\x90"},
		{"\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf"},
		{"\xe2\x81\x9f\xe2\x81\xb0", "\xe2\x81\x9f\xe2\x81\xb0"},
		{"\xef\xbb\xbe", "\xef\xbb\xbe"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "%s", rows[i].from);
		utf8_mend(text);
		ck_assert_str_eq(text, rows[i].to);
		/* What is mended is left alone. */
		for (const char *p = text; *p != '\0'; p += utf8_len(p))
			ck_assert_uint_gt(utf8_len(p), 0);
	}
}
