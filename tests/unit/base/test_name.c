#include "config.h"

#include "lib/base/mem.h"
#include "lib/base/name.h"
#include "tests/support/runner.h"

#include <string.h>

static const char *filled(char c, size_t n)
{
	char *s = test_keep(xcalloc(n + 1, 1));

	memset(s, c, n);
	return s;
}

struct spelling {
	const char *text;
	bool word, product, target, file;
};

TEST(each_kind_of_name_has_its_alphabet)
{
	static const struct spelling rows[] = {
		/* clang-format off */
		/* text           word   product target file */
		{"a7",            true,  true,   true,  true},
		{"a7.2_x-1",      true,  false,  true,  true},
		{"7",             true,  true,   true,  true},
		{"",              false, false,  false, false},
		{"A7",            false, false,  true,  true},
		{"-a",            false, false,  true,  true},
		{"_a",            false, false,  true,  true},
		{".a",            false, false,  false, false},
		{"..",            false, false,  false, false},
		{"a b",           false, false,  false, false},
		{"a\n",           false, false,  false, false},
		{"a/b",           false, false,  true,  false},
		{"/a",            false, false,  false, false},
		{"a/",            false, false,  false, false},
		{"a//b",          false, false,  false, false},
		{"a/../b",        false, false,  false, false},
		{"a/.b",          false, false,  false, false},
		{"a/b.c+1",       false, false,  true,  false},
		{"b.c+1",         false, false,  true,  true},
		{"a%2fb",         false, false,  false, false},
		{"a\\b",          false, false,  false, false},
		{"\xc3\xa4",      false, false,  false, false},
		{"*",             false, false,  false, false},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct spelling *r = &rows[i];

		ck_assert_msg(name_is_word(r->text) == r->word, "word '%s'",
		              r->text);
		ck_assert_msg(name_is_product(r->text) == r->product,
		              "product '%s'", r->text);
		ck_assert_msg(name_is_target(r->text) == r->target,
		              "target '%s'", r->text);
		ck_assert_msg(name_is_file(r->text) == r->file, "file '%s'",
		              r->text);
	}
}

TEST(each_kind_of_name_has_its_length)
{
	ck_assert(name_is_word(filled('a', 64)));
	ck_assert(!name_is_word(filled('a', 65)));
	ck_assert(name_is_product(filled('a', 40)));
	ck_assert(!name_is_product(filled('a', 41)));
	ck_assert(name_is_target(filled('a', 1024)));
	ck_assert(!name_is_target(filled('a', 1025)));
	ck_assert(name_is_file(filled('a', 128)));
	ck_assert(!name_is_file(filled('a', 129)));
}
