#include "config.h"

#include "lib/base/mem.h"
#include "repo-tools/ctl/folder.h"
#include "tests/support/runner.h"
#include "tests/unit/pawlctl/folder.h"

#include <string.h>

TEST(a_folder_gives_every_root_and_the_newest_of_each_role)
{
	static const char *const names[] = {
		"1.root.json",        "2.root.json",          "10.root.json",
		"11.plans.coat.json", "2.releases.coat.json", "1.targets.json"};
	SCOPED(ctl_folder_fini)
	struct ctl_folder f = {0};
	struct folder made;
	struct err e;

	folder_make(&made);
	folder_put_role(&made, 10, "root", NULL);
	folder_put_role(&made, 9, "plans.coat", "{}");
	folder_put_role(&made, 11, "plans.coat", "{}");
	ASSERT_OK(ctl_folder_read(&f, made.dir, &e));
	ck_assert_uint_eq(f.files.len, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_str_eq(f.files.items[i].name, names[i]);
	ck_assert_uint_eq(f.blobs.len, 2);
}

TEST(what_the_server_signs_itself_and_what_is_no_role_stays_behind)
{
	static const char *const strays[] = {
		"metadata/timestamp.json",
		"metadata/root.json",
		"metadata/01.root.json",
		"metadata/x.root.json",
		"metadata/0.root.json",
		"metadata/3.root.json.tmp",
		"metadata/.3.root.json",
		"metadata/3..json",
		"metadata/99999999999999999999999.root.json",
		"metadata/README",
		"metadata/3.json",
	};
	SCOPED(ctl_folder_fini)
	struct ctl_folder f = {0};
	struct folder made;
	struct err e;

	folder_make(&made);
	folder_put_role(&made, 7, "snapshot", NULL);
	folder_put_role(&made, 7, "timestamp", NULL);
	folder_put_role(&made, 7, "rollout.coat", "{}");
	for (size_t i = 0; i < ARRAY_LEN(strays); i++)
		folder_put(&made, strays[i], "{");
	ASSERT_OK(ctl_folder_read(&f, made.dir, &e));
	ck_assert_uint_eq(f.files.len, 4);
}

TEST(the_same_bytes_are_listed_once)
{
	SCOPED(ctl_folder_fini)
	struct ctl_folder f = {0};
	struct folder made;
	struct err e;

	folder_make(&made);
	SCOPED(free)
	char *twin = xasprintf("{\"fw/coat/3_a.bin\":{\"hashes\":{\"sha256\":"
	                       "\"%s\"},\"length\":%zu}}",
	                       made.new_sha256, strlen(FOLDER_NEW));
	folder_put_role(&made, 1, "releases.hat", twin);
	ASSERT_OK(ctl_folder_read(&f, made.dir, &e));
	ck_assert_uint_eq(f.blobs.len, 2);
	ck_assert_int_lt(
		strcmp(f.blobs.items[0].sha256, f.blobs.items[1].sha256), 0);
}

TEST(a_broken_file_is_refused_by_its_name)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"{", "line 1"},
		{"{\"signed\":{\"version\":3},\"signed\":{}}", "duplicate"},
		{"{\"signed\":{}}", "version"},
		{"{}", "signed"},
		{"{\"signed\":{\"version\":4}}", "version 4 is inside"},
		{"{\"signed\":{\"version\":3,\"targets\":[]}}", "targets"},
		{"{\"signed\":{\"version\":3,\"targets\":{\"../x\":{}}}}",
	         "no target path"},
		{"{\"signed\":{\"version\":3,\"targets\":{\"/etc/x\":{}}}}",
	         "no target path"},
		{"{\"signed\":{\"version\":3,\"targets\":{\"x\":{}}}}",
	         "length"},
		{"{\"signed\":{\"version\":3,\"targets\":{\"x\":{\"length\":1,"
	         "\"hashes\":{}}}}}",
	         "sha256"},
		{"{\"signed\":{\"version\":3,\"targets\":{\"x\":{\"length\":1,"
	         "\"hashes\":{\"sha256\":\"00\"}}}}}",
	         "64 lower-case hex digits"},
	};
	struct folder made;

	folder_make(&made);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(ctl_folder_fini)
		struct ctl_folder f = {0};
		struct err e;

		folder_put(&made, "metadata/3.targets.json", rows[i].text);
		ASSERT_ERR(ctl_folder_read(&f, made.dir, &e), ERR_INVALID);
		ASSERT_SAYS("3.targets.json");
		ASSERT_SAYS(rows[i].says);
	}
}

TEST(a_folder_without_a_root_is_none)
{
	SCOPED(ctl_folder_fini)
	struct ctl_folder none = {0};
	SCOPED(ctl_folder_fini)
	struct ctl_folder bare = {0};
	struct folder made = {.dir = test_path("bare")};
	struct err e;

	ASSERT_ERR(ctl_folder_read(&none, test_path("nowhere"), &e),
	           ERR_NOT_FOUND);
	ASSERT_SAYS("no repository folder");
	folder_put_role(&made, 1, "targets", "{}");
	ASSERT_ERR(ctl_folder_read(&bare, made.dir, &e), ERR_NOT_FOUND);
	ASSERT_SAYS("pawl-repo");
}

TEST(a_blob_is_what_its_role_lists_or_refused)
{
	SCOPED(ctl_folder_fini)
	struct ctl_folder f = {0};
	struct folder made;
	size_t new_one;
	struct err e;

	folder_make(&made);
	ASSERT_OK(ctl_folder_read(&f, made.dir, &e));
	new_one = strcmp(f.blobs.items[0].sha256, made.new_sha256) != 0;
	ASSERT_OK(ctl_folder_check_blob(&f, &f.blobs.items[new_one], &e));
	folder_put(&made, "targets/fw/coat/2_a.bin",
	           "the new firmware, somewhat lonGer");
	ASSERT_CODE(ctl_folder_check_blob(&f, &f.blobs.items[new_one], &e),
	            "mismatch");
	ck_assert_int_eq(e.kind, ERR_UNTRUSTED);
	ASSERT_SAYS("releases.coat lists");
	folder_put(&made, "targets/fw/coat/2_a.bin", FOLDER_NEW);
	f.blobs.items[new_one].length++;
	ASSERT_CODE(ctl_folder_check_blob(&f, &f.blobs.items[new_one], &e),
	            "mismatch");
}

static bool holds(const struct ctl_folder *f, const char *role)
{
	for (size_t i = 0; i < f->files.len; i++)
		if (strcmp(f->files.items[i].role, role) == 0)
			return true;
	return false;
}

TEST(every_bin_is_published_and_no_role_that_is_gone)
{
	SCOPED(ctl_folder_fini)
	struct ctl_folder f = {0};
	struct folder made;
	struct err e;

	folder_make(&made);
	folder_put(
		&made, "metadata/3.releases.coat.json",
		"{\"signatures\":[],\"signed\":{\"delegations\":{\"keys\":{},"
		"\"succinct_roles\":{\"bit_length\":1,\"name_prefix\":"
		"\"releases.coat.bin\"}},\"targets\":{},\"version\":3}}");
	folder_put_role(&made, 1, "releases.coat.bin-0", "{}");
	folder_put_role(&made, 4, "releases.coat.bin-1", "{}");
	folder_put_role(&made, 5, "releases.coat.bin-2", "{}");
	folder_put_role(&made, 2, "docs", "{}");
	ASSERT_OK(ctl_folder_read(&f, made.dir, &e));
	ck_assert(holds(&f, "releases.coat.bin-0"));
	ck_assert(holds(&f, "releases.coat.bin-1"));
	ck_assert(!holds(&f, "releases.coat.bin-2"));
	ck_assert(!holds(&f, "docs"));
	ck_assert(holds(&f, "root"));
}
