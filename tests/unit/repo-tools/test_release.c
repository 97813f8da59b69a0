#include "config.h"

#include "lib/base/fs.h"
#include "lib/base/mem.h"
#include "tests/support/runner.h"
#include "tests/unit/repo-tools/repo.h"

#include <errno.h>
#include <string.h>

static struct repo r;
static struct err e;

TEST(a_release_is_copied_hashed_and_staged)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "release add %s -p coat -V 1.0.0 --hw a7,b2 --region eu "
	            "--needs-battery 30 --needs-flash 4K --consent opt_in "
	            "--confirm-tries 2 --confirm-deadline 90s --on-fail "
	            "recovery --from 0.1.0..0.9.9 --window 22:00-06:00 "
	            "--component radio --name fw.bin --json",
	            repo_file("app.bin", "firmware one"));
	ASSERT_PRINTS(&r.t, "\"path\":\"fw/coat/1.0.0_fw.bin\"");
	ASSERT_PRINTS(&r.t, "\"counter\":1");
	ASSERT_PRINTS(&r.t, "\"no_way_back\":false");
	ASSERT_PRINTS(&r.t, "\"length\":12");
	SCOPED(free)
	char *copied = repo_read(&r, "targets/fw/coat/1.0.0_fw.bin");
	ck_assert_str_eq(copied, "firmware one");
	SCOPED(free)
	char *staged = repo_read(&r, "staged/releases.coat.json");
	ck_assert(strstr(staged, "\"signatures\":[]") != NULL);
	ck_assert(strstr(staged, "\"critical\":[\"from\"]") != NULL);
	ck_assert(strstr(staged, "\"battery_pct\":30,\"flash_free\":4096") !=
	          NULL);
	ck_assert(strstr(staged, "\"window\":{\"days\":127,\"end_s\":21600,"
	                         "\"start_s\":79200}") != NULL);
	ASSERT_RUNS(&r, "show fw/coat/1.0.0_fw.bin");
	ASSERT_PRINTS(&r.t, "fw/coat/1.0.0_fw.bin  (staged)");
	ASSERT_PRINTS(&r.t, "confirm: 2 tries within 90 s, else recovery");
	repo_fini(&r);
}

TEST(the_same_release_again_changes_nothing)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.0 --hw a7,b2",
	            test_path("app.bin"));
	ASSERT_COMPLAINS(&r.t, "is signed already, word for word");
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	/* Another manifest of the same bytes is another release. */
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(release_signed)",
	               "release add %s -p coat -V 1.0.0 --hw a7",
	               test_path("app.bin"));
	repo_fini(&r);
}

TEST(the_same_path_with_other_bytes_is_refused)
{
	repo_init(&r);
	repo_stage(&r);
	(void)repo_file("app.bin", "firmware two");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(target_exists)",
	               "release add %s -p coat -V 1.0.0 --hw a7,b2",
	               test_path("app.bin"));
	ASSERT_COMPLAINS(&r.t, "is listed with other bytes");
	/* Also when nothing lists the file that stands there. */
	repo_write(&r, "targets/fw/coat/2.0.0_app.bin", "left over");
	ASSERT_REFUSES(&r, CLI_CONFLICT, "exists with other bytes",
	               "release add %s -p coat -V 2.0.0 --hw a7",
	               test_path("app.bin"));
	repo_fini(&r);
}

TEST(a_counter_never_falls_and_jumps_only_by_force)
{
	static const struct {
		const char *version, *options, *says;
		int code;
	} rows[] = {
		{"1.1.0", "--counter 3", "jumps from 1, there is no way back",
	         CLI_CONFLICT},
		{"1.1.0", "--counter 2",
	         "NO WAY BACK: raises the security "
	         "counter from 1 to 2",
	         0},
		{"1.2.0", "", "security counter 2", 0},
		{"1.3.0", "--counter 1", "is below the 2 of an earlier release",
	         CLI_CONFLICT},
		{"1.3.0", "--counter 1 --force", "a counter never falls",
	         CLI_CONFLICT},
		{"1.3.0", "--counter 9 --force", "from 2 to 9", 0},
		{"1.4.0", "--counter 4294967296", "is not within", CLI_USAGE},
	};

	repo_init(&r);
	repo_stage(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_REFUSES(&r, rows[i].code, rows[i].says,
		               "release add %s -p coat -V %s --hw a7 %s",
		               test_path("app.bin"), rows[i].version,
		               rows[i].options);
	/* The signers are told as well. */
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "release add %s -p coat -V 2.0.0 --hw a7 --counter 10",
	            test_path("app.bin"));
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "NO WAY BACK: raises the security counter from "
	                       "9 to 10");
	repo_fini(&r);
}

/* A device keeps the counter it confirmed, whatever is listed today. */
TEST(a_removed_release_still_counts_for_the_counter)
{
	repo_init(&r);
	repo_stage(&r);
	REPO_SIGN_ALL(&r);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.1.0 --hw a7 --counter 2",
	            test_path("app.bin"));
	/* The one below it goes in the same draft; the signers are told. */
	ASSERT_RUNS(&r, "release remove 1.0.0 -p coat --plans");
	REPO_SIGN_ALL(&r);
	ASSERT_COMPLAINS(&r.t, "NO WAY BACK: raises the security counter from "
	                       "1 to 2");
	ASSERT_RUNS(&r, "release remove 1.1.0 -p coat");
	REPO_SIGN_ALL(&r);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "is below the 2 of an earlier release",
	               "release add %s -p coat -V 1.2.0 --hw a7 --counter 1",
	               test_path("app.bin"));
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.2.0 --hw a7 --json",
	            test_path("app.bin"));
	ASSERT_PRINTS(&r.t, "\"counter\":2");
	ASSERT_PRINTS(&r.t, "\"no_way_back\":false");
	/* Another product has counters of its own. */
	ASSERT_RUNS(&r, "product add shoe --kdf light --passphrase-file %s",
	            r.pass);
	ASSERT_RUNS(&r, "release add %s -p shoe -V 1.0.0 --hw a7 --json",
	            test_path("app.bin"));
	ASSERT_PRINTS(&r.t, "\"counter\":1");
	repo_fini(&r);
}

/* A server publishes nothing else under a path that it published once. */
TEST(a_removed_release_comes_back_word_for_word_or_not_at_all)
{
	repo_init(&r);
	ASSERT_RUNS(&r,
	            "release add %s -p coat -V 1.0.0 --hw a7,b2 --built "
	            "2026-02-01T00:00:00Z",
	            repo_file("app.bin", "firmware one"));
	REPO_SIGN_ALL(&r);
	SCOPED(free)
	char *was = repo_read(&r, "metadata/2.releases.coat.json");
	ASSERT_RUNS(&r, "release remove 1.0.0 -p coat");
	/* Before anybody signed that, it is put back. */
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.0 --hw a7,b2",
	            test_path("app.bin"));
	ASSERT_COMPLAINS(&r.t, "staged as releases.coat 3");
	ASSERT_RUNS(&r, "release remove 1.0.0 -p coat");
	REPO_SIGN_ALL(&r);
	ASSERT_REFUSES(&r, CLI_CONFLICT, "(release_signed)",
	               "release add %s -p coat -V 1.0.0 --hw a7",
	               test_path("app.bin"));
	/* Somebody tidied up: the bytes are known all the same. */
	ASSERT_OK(fs_remove(test_path("r/targets/fw/coat/1.0.0_app.bin"), &e));
	ASSERT_REFUSES(&r, CLI_CONFLICT, "was signed with other bytes",
	               "release add %s -p coat -V 1.0.0 --hw a7,b2 "
	               "--name app.bin",
	               repo_file("other.bin", "firmware two"));
	ASSERT_COMPLAINS(&r.t, "(target_exists)");
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.0 --hw a7,b2",
	            test_path("app.bin"));
	REPO_SIGN_ALL(&r);
	SCOPED(free)
	char *is = repo_read(&r, "metadata/4.releases.coat.json");
	const char *then = strstr(was, "\"custom\""),
		   *now = strstr(is, "\"custom\"");
	ck_assert(then != NULL && now != NULL);
	ck_assert_int_eq(
		strncmp(then, now, (size_t)(strstr(then, "\"hashes\"") - then)),
		0);
	ck_assert_ptr_nonnull(strstr(now, "2026-02-01T00:00:00Z"));
	repo_fini(&r);
}

TEST(each_wrong_option_of_a_release_is_named)
{
	static const struct {
		const char *line, *says;
		int code;
	} rows[] = {
		{"-V 1.0 --hw a7", "'1.0' is no version", CLI_USAGE},
		{"-V 1.0.0 --hw A7", "'A7' is no name", CLI_USAGE},
		{"-V 1.0.0 --hw a7,a7", "is given twice", CLI_USAGE},
		{"-V 1.0.0 --hw *", "--hw: '*' is no name", CLI_USAGE},
		{"-V 1.0.0", "needs --hw", CLI_USAGE},
		{"--hw a7", "needs --version", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --region *,eu", "already means all",
	         CLI_USAGE},
		{"-V 1.0.0 --hw a7 --component A", "--component", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --name a/b", "is no file name", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --from 1.0.0", "is no range", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --from 1..2", "is no version", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --from 0.2.0..0.1.0", "above max",
	         CLI_FAILED},
		{"-V 1.0.0 --hw a7 --window 8-9", "is no window", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --window 08:61-09:00", "is no window",
	         CLI_USAGE},
		{"-V 1.0.0 --hw a7 --built yesterday", "is no time", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --built 2026-03-01T00:00:01Z",
	         "is in the future", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --consent maybe", "is none of", CLI_USAGE},
		{"-V 1.0.0 --hw a7 --needs-battery 101", "is not within",
	         CLI_USAGE},
		{"-V 1.0.0 --hw a7 --installed-sha256 ab", "64 lower-case",
	         CLI_USAGE},
	};

	repo_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ASSERT_REFUSES(&r, rows[i].code, rows[i].says,
		               "release add %s -p coat %s",
		               repo_file("app.bin", "x"), rows[i].line);
	ck_assert(!repo_has(&r, "staged/releases.coat.json"));
	ck_assert(!repo_has(&r, "targets/fw"));
	repo_fini(&r);
}

TEST(a_release_is_a_regular_file_with_something_in_it)
{
	repo_init(&r);
	ASSERT_REFUSES(&r, CLI_FAILED, "is empty",
	               "release add %s -p coat -V 1.0.0 --hw a7",
	               repo_file("empty.bin", ""));
	ASSERT_REFUSES(&r, CLI_FAILED, "is no regular file",
	               "release add %s -p coat -V 1.0.0 --hw a7", r.dir);
	ASSERT_REFUSES(&r, CLI_NOT_FOUND, "none.bin",
	               "release add %s -p coat -V 1.0.0 --hw a7",
	               test_path("none.bin"));
	/* A build folder's "latest" link is fine: its bytes are what counts. */
	ck_assert_int_eq(symlink(repo_file("app-7.bin", "seven"),
	                         test_path("latest.bin")),
	                 0);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.0.0 --hw a7",
	            test_path("latest.bin"));
	ASSERT_PRINTS(&r.t, "fw/coat/1.0.0_latest.bin");
	repo_fini(&r);
}

TEST(changing_a_half_signed_draft_takes_its_signatures_away)
{
	repo_init(&r);
	repo_stage(&r);
	ASSERT_RUNS(&r, "sign releases.coat --key %s --passphrase-file %s",
	            test_path("r/keys/releases.coat.1.key"), r.pass);
	ASSERT_RUNS(&r, "release add %s -p coat -V 1.1.0 --hw a7",
	            test_path("app.bin"));
	ASSERT_COMPLAINS(&r.t, "the earlier draft's 1 signatures are gone");
	repo_fini(&r);
}

/* Names as a command that is killed in the middle leaves them. */
TEST(what_a_killed_command_was_writing_goes_with_the_next_change)
{
	static const char *const left[] = {
		"targets/.4711.tmp", "targets/fw/coat/.4711.tmp",
		"staged/releases.coat.json.4711.tmp",
		"metadata/2.targets.json.4711.tmp", "drafts.json.4711.tmp"};
	static const char *const others[] = {
		"targets/notes.4711.tmp", "targets/x.tmp",
		"targets/..tmp",          "staged/.tmp",
		"mine.4711.tmp",          ".json.1.tmp"};

	repo_init(&r);
	repo_stage(&r);
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		repo_write(&r, left[i], "half");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		repo_write(&r, others[i], "whole");
	/* Who only looks does not know whether somebody is writing. */
	ASSERT_RUNS(&r, "verify");
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		ck_assert_msg(repo_has(&r, left[i]), "%s", left[i]);
	ASSERT_RUNS(&r, "renew targets");
	for (size_t i = 0; i < ARRAY_LEN(left); i++)
		ck_assert_msg(!repo_has(&r, left[i]), "%s", left[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		ck_assert_msg(repo_has(&r, others[i]), "%s", others[i]);
	repo_fini(&r);
}

static int fail_naming_image(void *ctx, enum fs_op op, const char *path)
{
	bool *left = ctx;
	SCOPED(free)
	char *temp = xasprintf("targets/fw/coat/.%ld.tmp", (long)getpid());

	if (op != FS_RENAME || strstr(path, "/targets/fw/") == NULL)
		return 0;
	/* As it stands when the process ends here. */
	*left = repo_has(&r, temp);
	return EIO;
}

/* And on the disk where it is going to stay. */
TEST(an_image_is_made_where_the_next_command_cleans_up)
{
	bool left = false;

	repo_init(&r);
	fs_set_hook(fail_naming_image, &left);
	ASSERT_REFUSES(&r, CLI_FAILED, "app.bin: rename",
	               "release add %s -p coat -V 1.0.0 --hw a7",
	               repo_file("app.bin", "x"));
	fs_set_hook(NULL, NULL);
	ck_assert(left);
	repo_fini(&r);
}

static int may_not(void *ctx, enum fs_op op, const char *path)
{
	return op == FS_OPEN && strstr(path, ctx) != NULL ? EACCES : 0;
}

TEST(a_file_that_may_not_be_used_is_exit_code_7)
{
	static char pawl[] = "pawl.json", staged[] = "/staged/";
	static char root[] = "1.root.json";
	const char *image;

	repo_init(&r);
	image = repo_file("app.bin", "x");
	fs_set_hook(may_not, pawl);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(file_access)", "verify");
	fs_set_hook(may_not, root);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(file_access)", "verify");
	fs_set_hook(may_not, staged);
	ASSERT_REFUSES(&r, CLI_PERMISSION, "(file_access)",
	               "release add %s -p coat -V 1.0.0 --hw a7", image);
	fs_set_hook(NULL, NULL);
	repo_fini(&r);
}
