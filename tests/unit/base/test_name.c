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

/* "aaa…/b/b/b…" of n bytes in all, the first folder of `folder`. */
static const char *path_of(size_t folder, size_t n)
{
	static char out[2048];

	memset(out, 'a', folder);
	for (size_t i = folder; i < n; i++)
		out[i] = (i - folder) % 2 == 0 ? '/' : 'b';
	out[n] = '\0';
	return out;
}

/* A copy of what is published is folders and files. */
TEST(a_target_path_fits_into_folders_with_its_hash)
{
	ck_assert(name_is_target(path_of(255, 257)));
	ck_assert(!name_is_target(path_of(256, 258)));
	ck_assert(name_is_target(path_of(4, 1024)));
	ck_assert(!name_is_target(path_of(5, 1025)));
}

TEST(each_kind_of_name_has_its_length)
{
	ck_assert(name_is_word(filled('a', 64)));
	ck_assert(!name_is_word(filled('a', 65)));
	ck_assert(name_is_product(filled('a', 40)));
	ck_assert(!name_is_product(filled('a', 41)));
	ck_assert(name_is_target(filled('a', 190)));
	ck_assert(!name_is_target(filled('a', 191)));
	ck_assert(name_is_file(filled('a', 128)));
	ck_assert(!name_is_file(filled('a', 129)));
}
