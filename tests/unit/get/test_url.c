#include "config.h"

#include "get/url.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"

#include <string.h>

TEST(base_and_path_have_one_slash_between_them)
{
	SCOPED(free)
	char *with = url_join("http://h/md/", "1.root.json");
	SCOPED(free)
	char *without = url_join("http://h/md", "1.root.json");

	ck_assert_str_eq(with, "http://h/md/1.root.json");
	ck_assert_str_eq(without, "http://h/md/1.root.json");
}

TEST(a_target_is_named_by_its_hash_where_snapshots_are_consistent)
{
	static const struct {
		const char *path, *plain, *named; /* H stands for the hash */
	} rows[] = {
		{"x.bin", "u/x.bin", "u/H.x.bin"},
		{"a/b/x.bin", "u/a/b/x.bin", "u/a/b/H.x.bin"},
		{"a b#c?d%41", "u/a%20b%23c%3Fd%2541",
	         "u/H.a%20b%23c%3Fd%2541"},
		{"\xc3\xa9", "u/%C3%A9", "u/H.%C3%A9"},
		{"/x", "u//x", "u//H.x"},
		{"../x", "u/../x", "u/../H.x"},
		{"a+b@c:1", "u/a+b@c:1", "u/H.a+b@c:1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(free)
		char *path = xstrdup(rows[i].path);
		char sha512[] = "L";
		struct tuf_target t = {
			.path = path, .sha256 = "H", .sha512 = sha512};
		SCOPED(free)
		char *plain = url_of_target("u", &t, false);
		SCOPED(free)
		char *named = url_of_target("u", &t, true);

		ck_assert_str_eq(plain, rows[i].plain);
		ck_assert_str_eq(named, rows[i].named);
	}
}

TEST(where_only_sha512_is_listed_it_names_the_file)
{
	char path[] = "d/x", sha512[] = "L";
	struct tuf_target t = {.path = path, .sha512 = sha512};
	SCOPED(free)
	char *url = url_of_target("u", &t, true);

	ck_assert_str_eq(url, "u/d/L.x");
}
