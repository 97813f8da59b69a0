#include "config.h"

#include "get/name.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(a_plain_name_stays_and_everything_else_is_one_safe_name)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"root", "root"},
		{"a-b_c~d.1", "a-b_c~d.1"},
		{"fw/coat/1.0.0_radio.bin", "fw%2Fcoat%2F1.0.0_radio.bin"},
		{"/delegatedrole", "%2Fdelegatedrole"},
		{"?", "%3F"},
		{"#", "%23"},
		{"100%", "100%25"},
		{" ", "%20"},
		{"\n\x7f\xff", "%0A%7F%FF"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[GET_NAME_SIZE];

		get_name(name, rows[i].text);
		ck_assert_str_eq(name, rows[i].name);
	}
}

/* Every way out of a folder that a name has. */
static const char *const climbers[] = {
	".",        "..",          "../x",      "../../etc/passwd",
	"/x",       "/etc/passwd", "a/../../b", "./x",
	".hidden",  "a/..",        "//x",       "..\\x",
	"a\\..\\b", "C:\\x",       "%2e%2e/x",  "~/x",
	"a/./b",    "..%2fx",
};

TEST(CVE_2021_41149_CVE_2026_24137_CVE_2026_24686_no_target_path_leads_out_of_its_folder)
{
	for (size_t i = 0; i < sizeof(climbers) / sizeof(climbers[0]); i++) {
		char name[GET_NAME_SIZE];

		get_name(name, climbers[i]);
		ck_assert_msg(strchr(name, '/') == NULL, "%s", name);
		ck_assert_msg(strchr(name, '\\') == NULL, "%s", name);
		ck_assert_msg(name[0] != '.', "%s", name);
		ck_assert_msg(name[0] != '\0', "%s", climbers[i]);
	}
}

TEST(a_long_name_is_cut_and_still_its_own)
{
	char text[4097], one[GET_NAME_SIZE], other[GET_NAME_SIZE];

	memset(text, '/', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	get_name(one, text);
	ck_assert_uint_lt(strlen(one), GET_NAME_SIZE);
	ck_assert_ptr_nonnull(strstr(one, "%~"));
	text[sizeof(text) - 2] = 'x';
	get_name(other, text);
	ck_assert_str_ne(one, other);
	/* No shorter name can be spelled like it: "%~" encodes nothing. */
	get_name(other, one);
	ck_assert_str_ne(one, other);
}

TEST(the_longest_name_that_fits_is_not_cut)
{
	char text[GET_NAME_SIZE + 1] = {0}, name[GET_NAME_SIZE];

	memset(text, 'a', GET_NAME_SIZE - 1);
	get_name(name, text);
	ck_assert_str_eq(name, text);
	text[GET_NAME_SIZE - 1] = 'a';
	get_name(name, text);
	ck_assert_ptr_nonnull(strstr(name, "aa%~"));
}
