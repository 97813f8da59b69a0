#include "config.h"

#include "lib/base/hex.h"
#include "lib/tuf/targets.h"
#include "tests/unit/tuf/world.h"

TEST(a_pattern_is_a_glob_within_each_segment)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		/* clang-format off */
		{"a", "a", true},
		{"a", "b", false},
		{"a", "ab", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a.bin", true},
		{"*", ".hidden", true},
		{"*", "a/b", false},
		{"a/*", "a/b", true},
		{"a/*", "a/", true},
		{"a/*", "a/b/c", false},
		{"a/*", "a", false},
		{"*/*", "a/b", true},
		{"*/b", "/b", true},
		{"*.doc", "readme.doc", true},
		{"*.doc", "readme.md", false},
		{"*.doc", "a.doc.doc", true},
		{"*a*b", "xaxbxb", true},
		{"*a*b", "xaxbxc", false},
		{"a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
		{"**", "ab", true},
		{"**/c", "a/b/c", false},
		{"foo-?.tgz", "foo-1.tgz", true},
		{"foo-?.tgz", "foo-alpha.tgz", false},
		{"foo?bar", "foo/bar", false},
		{"?", "", false},
		{"?", "\xc3\xa9", true},
		{"?", "\xf0\x9f\x98\x80", true},
		{"??", "\xc3\xa9", false},
		{"*?b", "\xc3\xa9""ab", true},
		{"README.MD", "README.md", false},
		{"fw/coat/*", "fw/coatx/a", false},
		/* What other clients read as more than "*" and "?". */
		{"{a,b}", "a", false},
		{"[ab]", "a", false},
		{"[!c]", "a", false},
		{"!zzz", "app.bin", false},
		{"#x", "#x", true},
		{"\\*", "*", false},
		{"a\\b", "a/b", false},
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ck_assert_msg(
			tuf_path_matches(cases[i].pattern, cases[i].path) ==
				cases[i].matches,
			"'%s' and '%s'", cases[i].pattern, cases[i].path);
}

TEST(GHSA_qp9x_wp8f_qgjj_case_and_separator_are_bytes_on_every_platform)
{
	ck_assert(!tuf_path_matches("FW/*", "fw/a"));
	ck_assert(!tuf_path_matches("fw/*", "fw\\a"));
	ck_assert(tuf_path_matches("*", "fw\\a"));
}

TEST(a_hash_prefix_is_one_of_the_hash_of_the_path)
{
	char hash[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];
	char *prefix[1];
	struct tuf_delegation d = {.hash_prefixes = prefix,
	                           .n_hash_prefixes = 1};

	hash_sha256_hex(hash, "fw/a", 4);
	memcpy(other, hash, sizeof(other));
	other[3] = other[3] == '0' ? '1' : '0';
	prefix[0] = hash;
	ck_assert(tuf_delegation_matches(&d, "fw/a"));
	ck_assert(!tuf_delegation_matches(&d, "fw/b"));
	hash[4] = '\0';
	ck_assert(tuf_delegation_matches(&d, "fw/a"));
	other[4] = '\0';
	prefix[0] = other;
	ck_assert(!tuf_delegation_matches(&d, "fw/a"));
}

TEST(a_delegation_without_patterns_matches_nothing)
{
	struct tuf_delegation d = {0};

	ck_assert(!tuf_delegation_matches(&d, "a"));
	ck_assert(!tuf_delegation_matches(&d, ""));
}

TEST(a_bin_is_named_by_the_first_bits_of_the_hash)
{
	char hash[SHA256_HEX_SIZE], bin[TUF_ROLE_MAX];
	struct tuf_succinct s = {.present = true, .name_prefix = "b"};

	hash_sha256_hex(hash, "fw/a", 4);
	s.bit_length = 8;
	tuf_succinct_bin(bin, &s, "fw/a");
	ck_assert_uint_eq(strlen(bin), 4);
	ck_assert(strncmp(bin, "b-", 2) == 0);
	ck_assert(strncmp(bin + 2, hash, 2) == 0);
	s.bit_length = 16;
	tuf_succinct_bin(bin, &s, "fw/a");
	ck_assert(strncmp(bin + 2, hash, 4) == 0 && bin[6] == '\0');
	s.bit_length = 32;
	tuf_succinct_bin(bin, &s, "fw/a");
	ck_assert(strncmp(bin + 2, hash, 8) == 0 && bin[10] == '\0');
}

TEST(bins_of_odd_bit_lengths_have_the_digits_of_the_highest_one)
{
	/* sha256("") = e3b0c442…: 1110 0011 1011 0000 …, cut by hand. */
	static const struct {
		int bits;
		const char *bin;
	} cases[] = {{1, "b-1"},   {2, "b-3"},    {3, "b-7"},
	             {4, "b-e"},   {5, "b-1c"},   {7, "b-71"},
	             {9, "b-1c7"}, {10, "b-38e"}, {31, "b-71d86221"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char bin[TUF_ROLE_MAX];
		struct tuf_succinct s = {.present = true,
		                         .name_prefix = "b",
		                         .bit_length = cases[i].bits};

		tuf_succinct_bin(bin, &s, "");
		ck_assert_str_eq(bin, cases[i].bin);
		ck_assert(tuf_succinct_is_bin(&s, bin));
	}
}

TEST(GHSA_77hh_43cm_v8j6_only_a_bins_own_spelling_names_a_bin)
{
	struct tuf_succinct s = {
		.present = true, .name_prefix = "bin", .bit_length = 5};
	static const char *const good[] = {"bin-00", "bin-0a", "bin-1f"};
	static const char *const bad[] = {
		"bin-20", "bin-0", "bin-000", "bin-0A",  "bin-",
		"bin",    "bi-00", "bib-00",  "bin-00x", "other",
		"bin_00", "",      "bin--1"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_msg(tuf_succinct_is_bin(&s, good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(!tuf_succinct_is_bin(&s, bad[i]), "%s", bad[i]);
	s.present = false;
	ck_assert(!tuf_succinct_is_bin(&s, "bin-00"));
}
