#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "tests/support/runner.h"

#include <stdio.h>
#include <string.h>

TEST(a_cut_character_goes_and_a_wrong_byte_is_marked)
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
